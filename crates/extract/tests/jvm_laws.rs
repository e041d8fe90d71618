//! Java source and class files under input of every kind: no panic, the same facts each time, faults are said.

use faultline_extract::extract;
use faultline_facts::{Facts, Language, Op, decode, encode};
use proptest::prelude::*;

/// Writes class files byte by byte.
#[derive(Default)]
struct ClassFile {
    pool: Vec<u8>,
    count: u16,
    methods: Vec<u8>,
    method_count: u16,
    attributes: Vec<u8>,
    attribute_count: u16,
}

impl ClassFile {
    fn entry(&mut self, bytes: &[u8]) -> u16 {
        self.pool.extend_from_slice(bytes);
        self.count += 1;
        self.count
    }

    fn utf8(&mut self, text: &str) -> u16 {
        let mut bytes = vec![1];
        bytes.extend((text.len() as u16).to_be_bytes());
        bytes.extend(text.as_bytes());
        self.entry(&bytes)
    }

    fn class(&mut self, name: &str) -> u16 {
        let name = self.utf8(name);
        self.pair(7, &[name])
    }

    fn pair(&mut self, tag: u8, parts: &[u16]) -> u16 {
        let mut bytes = vec![tag];
        for part in parts {
            bytes.extend(part.to_be_bytes());
        }
        self.entry(&bytes)
    }

    fn method_ref(&mut self, class: &str, name: &str, descriptor: &str) -> u16 {
        let class = self.class(class);
        let (name, descriptor) = (self.utf8(name), self.utf8(descriptor));
        let name_and_type = self.pair(12, &[name, descriptor]);
        self.pair(10, &[class, name_and_type])
    }

    fn method(&mut self, name: u16, descriptor: u16, code: Option<(u16, &[u8])>) {
        self.methods.extend([0, 9]);
        self.methods.extend(name.to_be_bytes());
        self.methods.extend(descriptor.to_be_bytes());
        self.methods.extend(u16::from(code.is_some()).to_be_bytes());
        if let Some((attribute, code)) = code {
            self.methods.extend(attribute.to_be_bytes());
            self.methods.extend((code.len() as u32 + 12).to_be_bytes());
            self.methods.extend([0, 9, 0, 9]);
            self.methods.extend((code.len() as u32).to_be_bytes());
            self.methods.extend(code);
            self.methods.extend([0; 4]);
        }
        self.method_count += 1;
    }

    fn bytes(mut self, name: &str) -> Vec<u8> {
        let (this, base) = (self.class(name), self.class("java/lang/Object"));
        let mut out = vec![0xCA, 0xFE, 0xBA, 0xBE, 0, 0, 0, 61];
        out.extend((self.count + 1).to_be_bytes());
        out.extend(&self.pool);
        out.extend([0, 33]);
        out.extend(this.to_be_bytes());
        out.extend(base.to_be_bytes());
        out.extend([0; 4]);
        out.extend(self.method_count.to_be_bytes());
        out.extend(&self.methods);
        out.extend(self.attribute_count.to_be_bytes());
        out.extend(&self.attributes);
        out
    }
}

/// A class whose `run()` calls `a.B.f(String)`.
fn small_class() -> Vec<u8> {
    let mut file = ClassFile::default();
    let callee = file.method_ref("a/B", "f", "(Ljava/lang/String;)V");
    let (name, descriptor, code) = (file.utf8("run"), file.utf8("()V"), file.utf8("Code"));
    let [high, low] = callee.to_be_bytes();
    file.method(name, descriptor, Some((code, &[1, 0xB8, high, low, 0xB1])));
    file.bytes("a/C")
}

fn calls(facts: &Facts) -> usize {
    facts.functions.iter().flat_map(|f| &f.body).filter(|stmt| matches!(stmt.op, Op::Call { .. })).count()
}

#[test]
fn a_static_call_is_read() {
    let facts = extract(Language::Jvm, &small_class());
    assert!(facts.problems.is_empty());
    assert_eq!(facts.text(facts.classes[0].qualified), "a.C");
    assert_eq!(facts.text(facts.functions[1].qualified), "a.C.run()");
    assert!(facts.strings.iter().any(|text| text == "a.B#f(java.lang.String)void"));
    assert_eq!(calls(&facts), 1);
}

#[test]
fn a_class_cut_short_says_so() {
    let whole = small_class();
    for end in 0..whole.len() {
        let facts = extract(Language::Jvm, &whole[..end]);
        assert_eq!(facts.problems.len(), 1, "cut after {end} bytes");
        assert!(facts.problems[0].message.contains("build it again"));
    }
}

#[test]
fn fifty_thousand_methods_are_read() {
    let mut file = ClassFile::default();
    let (name, descriptor) = (file.utf8("m"), file.utf8("()V"));
    for _ in 0..50_000 {
        file.method(name, descriptor, None);
    }
    assert_eq!(extract(Language::Jvm, &file.bytes("a/Many")).functions.len(), 50_001);
}

#[test]
fn annotations_nested_absurdly_are_left() {
    let mut file = ClassFile::default();
    let (kind, name, attribute) = (file.utf8("La/Note;"), file.utf8("value"), file.utf8("RuntimeVisibleAnnotations"));
    let mut content = vec![0, 1];
    content.extend(kind.to_be_bytes());
    content.extend([0, 1]);
    content.extend(name.to_be_bytes());
    content.extend([b'[', 0, 1].repeat(300_000));
    file.attributes.extend(attribute.to_be_bytes());
    file.attributes.extend((content.len() as u32).to_be_bytes());
    file.attributes.extend(content);
    file.attribute_count = 1;
    assert_eq!(extract(Language::Jvm, &file.bytes("a/Deep")).classes.len(), 1);
}

#[test]
fn deep_source_is_read_or_refused() {
    let nested = |depth: usize| format!("class A {{ int x = {}1{}; }}", "(".repeat(depth), ")".repeat(depth));
    assert!(extract(Language::Java, nested(2_000).as_bytes()).problems.is_empty());
    assert_eq!(extract(Language::Java, nested(50_000).as_bytes()).problems.len(), 1);
    let sum = format!("class A {{ String s = \"\"{}; }}", " + f()".repeat(4_000));
    assert_eq!(extract(Language::Java, sum.as_bytes()).problems.len(), 0);
    let classes = format!("{}{}", "class A { ".repeat(1_000), "}".repeat(1_000));
    assert_eq!(extract(Language::Java, classes.as_bytes()).classes.len(), 1_000);
}

#[test]
fn source_with_a_fault_keeps_the_rest() {
    let facts = extract(Language::Java, b"class A { void f() { g(; } void g() { h(); } }");
    assert!(!facts.problems.is_empty() && facts.flags.parse_errors);
    assert!(facts.functions.iter().any(|f| facts.text(f.qualified) == "A.g()"));
}

proptest! {
    #[test]
    fn any_bytes_as_a_class(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert_eq!(extract(Language::Jvm, &bytes), extract(Language::Jvm, &bytes));
    }

    #[test]
    fn a_changed_class(at in 0usize..200, byte in any::<u8>()) {
        let mut bytes = small_class();
        let at = at % bytes.len();
        bytes[at] = byte;
        let facts = extract(Language::Jvm, &bytes);
        prop_assert_eq!(decode(&encode(&facts)).ok(), Some(facts));
    }

    #[test]
    fn any_code(code in prop::collection::vec(any::<u8>(), 1..200)) {
        let mut file = ClassFile::default();
        let (name, descriptor, attribute) = (file.utf8("run"), file.utf8("(JLa/B;)V"), file.utf8("Code"));
        file.method_ref("a/B", "f", "(Ljava/lang/String;D)[La/B;");
        file.method(name, descriptor, Some((attribute, &code)));
        let bytes = file.bytes("a/C");
        prop_assert_eq!(extract(Language::Jvm, &bytes), extract(Language::Jvm, &bytes));
    }

    #[test]
    fn any_text_as_source(text in "[a-z(){};=.<>\\[\\]@\"/*,:?+ \n-]{0,200}") {
        let source = format!("class A {{ {text} }}");
        prop_assert_eq!(extract(Language::Java, source.as_bytes()), extract(Language::Java, source.as_bytes()));
    }
}
