//! Names of the grammar as numbers, so that walking a tree compares no strings.

use std::sync::OnceLock;

use tree_sitter::{Language, Node};

macro_rules! kinds {
    ($($id:ident = $text:expr,)*) => {
        /// Kinds of nodes that the frontend knows.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Kind { Other, $($id,)* }
        const KINDS: &[(&str, Kind)] = &[$(($text, Kind::$id),)*];
    };
}

kinds! {
    Package = "package_clause",
    PackageIdentifier = "package_identifier",
    Imports = "import_declaration",
    ImportSpec = "import_spec",
    ImportSpecs = "import_spec_list",
    Dot = "dot",
    Blank = "blank_identifier",
    Function = "function_declaration",
    Method = "method_declaration",
    FuncLiteral = "func_literal",
    Const = "const_declaration",
    ConstSpec = "const_spec",
    Var = "var_declaration",
    VarSpec = "var_spec",
    VarSpecs = "var_spec_list",
    Type = "type_declaration",
    TypeSpec = "type_spec",
    TypeAlias = "type_alias",
    Comment = "comment",
    Identifier = "identifier",
    TypeIdentifier = "type_identifier",
    FieldIdentifier = "field_identifier",
    Parameters = "parameter_list",
    Parameter = "parameter_declaration",
    Variadic = "variadic_parameter_declaration",
    TypeParameter = "type_parameter_declaration",
    GenericType = "generic_type",
    QualifiedType = "qualified_type",
    PointerType = "pointer_type",
    StructType = "struct_type",
    InterfaceType = "interface_type",
    ArrayType = "array_type",
    OpenArrayType = "implicit_length_array_type",
    SliceType = "slice_type",
    MapType = "map_type",
    ChannelType = "channel_type",
    FunctionType = "function_type",
    NegatedType = "negated_type",
    ParenthesizedType = "parenthesized_type",
    TypeElement = "type_elem",
    TypeConstraint = "type_constraint",
    MethodElement = "method_elem",
    Fields = "field_declaration_list",
    Field = "field_declaration",
    Block = "block",
    Statements = "statement_list",
    ExpressionStatement = "expression_statement",
    Send = "send_statement",
    Receive = "receive_statement",
    Increment = "inc_statement",
    Decrement = "dec_statement",
    Assignment = "assignment_statement",
    ShortVar = "short_var_declaration",
    Labeled = "labeled_statement",
    Return = "return_statement",
    Go = "go_statement",
    Defer = "defer_statement",
    If = "if_statement",
    For = "for_statement",
    ForClause = "for_clause",
    RangeClause = "range_clause",
    Switch = "expression_switch_statement",
    Case = "expression_case",
    DefaultCase = "default_case",
    TypeSwitch = "type_switch_statement",
    TypeCase = "type_case",
    Select = "select_statement",
    CommunicationCase = "communication_case",
    Expressions = "expression_list",
    Unary = "unary_expression",
    Binary = "binary_expression",
    Selector = "selector_expression",
    Index = "index_expression",
    Slice = "slice_expression",
    Call = "call_expression",
    Assertion = "type_assertion_expression",
    Conversion = "type_conversion_expression",
    Instantiation = "type_instantiation_expression",
    Composite = "composite_literal",
    LiteralValue = "literal_value",
    LiteralElement = "literal_element",
    KeyedElement = "keyed_element",
    Parenthesized = "parenthesized_expression",
    VariadicArgument = "variadic_argument",
}

macro_rules! fields {
    ($($id:ident = $text:expr,)*) => {
        /// Fields of nodes that the frontend knows.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Part { $($id,)* }
        const FIELDS: &[&str] = &[$($text,)*];
    };
}

fields! {
    Name = "name",
    Path = "path",
    Body = "body",
    Type = "type",
    Value = "value",
    Key = "key",
    Element = "element",
    Parameters = "parameters",
    TypeParameters = "type_parameters",
    Receiver = "receiver",
    Result = "result",
    Package = "package",
    Left = "left",
    Right = "right",
    Operand = "operand",
    Member = "field",
    IndexValue = "index",
    Function = "function",
    Arguments = "arguments",
    Initializer = "initializer",
    Condition = "condition",
    Consequence = "consequence",
    Alternative = "alternative",
    Update = "update",
    Alias = "alias",
    Channel = "channel",
    Communication = "communication",
}

struct Tables {
    kinds: Vec<Kind>,
    fields: Vec<u16>,
}

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let language: Language = tree_sitter_go::LANGUAGE.into();
        let kind_of = |id: u16| {
            let name = language.node_kind_for_id(id).filter(|_| language.node_kind_is_named(id));
            name.and_then(|name| KINDS.iter().find(|(text, _)| *text == name)).map_or(Kind::Other, |(_, kind)| *kind)
        };
        let count = u16::try_from(language.node_kind_count()).unwrap_or(u16::MAX);
        let kinds = (0..count).map(kind_of).collect();
        let fields = FIELDS.iter().map(|name| language.field_id_for_name(name).map_or(0, u16::from)).collect();
        Tables { kinds, fields }
    })
}

/// The kind of a node.
pub(super) fn kind(node: Node<'_>) -> Kind {
    tables().kinds.get(usize::from(node.kind_id())).copied().unwrap_or(Kind::Other)
}

/// The child in a field.
pub(super) fn field(node: Node<'_>, part: Part) -> Option<Node<'_>> {
    node.child_by_field_id(tables().fields[part as usize])
}

/// Every child in a field.
pub(super) fn fields(node: Node<'_>, part: Part) -> Vec<Node<'_>> {
    let wanted = tables().fields[part as usize];
    let mut cursor = node.walk();
    let mut found = Vec::new();
    let mut more = cursor.goto_first_child();
    while more {
        if cursor.field_id().is_some_and(|id| u16::from(id) == wanted) && cursor.node().is_named() {
            found.push(cursor.node());
        }
        more = cursor.goto_next_sibling();
    }
    found
}

/// Named children, comments left out.
pub(super) fn named(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    let mut found = Vec::new();
    let mut more = cursor.goto_first_child();
    while more {
        let child = cursor.node();
        if child.is_named() && !child.is_extra() {
            found.push(child);
        }
        more = cursor.goto_next_sibling();
    }
    found
}
