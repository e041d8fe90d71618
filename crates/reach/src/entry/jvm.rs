//! Java: where processes, containers and frameworks enter.

use faultline_facts::{Annotation, Const, FunctionId, Resource};

use super::{Found, is_test_file};
use crate::{
    EntryKind::{self, Handler, Job, Main, Route, Test},
    link::jvm::{Cls, Method},
    solve::{Mod, Solver},
};

/// Methods with one of these annotations are entered.
const METHODS: &[(&[&str], EntryKind, &str)] = &[
    (
        &[
            "RequestMapping",
            "GetMapping",
            "PostMapping",
            "PutMapping",
            "DeleteMapping",
            "PatchMapping",
            "MessageMapping",
        ],
        Route,
        "request mapping",
    ),
    (
        &["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "Path", "SubscribeMapping"],
        Route,
        "resource method",
    ),
    (&["Get", "Post", "Put", "Delete", "Patch", "Head", "Options", "Route"], Route, "route"),
    (
        &["QueryMapping", "MutationMapping", "SchemaMapping", "ExceptionHandler", "ModelAttribute"],
        Route,
        "handler of a controller",
    ),
    (&["Scheduled", "Schedules", "Schedule"], Job, "scheduled"),
    (
        &[
            "KafkaListener",
            "RabbitListener",
            "JmsListener",
            "SqsListener",
            "StreamListener",
            "Incoming",
            "RabbitHandler",
            "KafkaHandler",
        ],
        Job,
        "message listener",
    ),
    (
        &["EventListener", "TransactionalEventListener", "ConsumeEvent", "Observes", "Subscribe"],
        Handler,
        "event listener",
    ),
    (&["PostConstruct", "PreDestroy", "Bean", "Produces", "Startup"], Main, "called by the container"),
];

/// Classes with one of these annotations are made by a container.
const COMPONENTS: &[&str] = &[
    "Component",
    "Service",
    "Repository",
    "Controller",
    "RestController",
    "ControllerAdvice",
    "RestControllerAdvice",
    "Configuration",
    "AutoConfiguration",
    "SpringBootApplication",
    "ApplicationScoped",
    "RequestScoped",
    "SessionScoped",
    "Dependent",
    "Singleton",
    "Named",
    "Stateless",
    "Stateful",
    "MessageDriven",
    "ManagedBean",
    "QuarkusMain",
    "Factory",
    "Provider",
    "WebServlet",
    "WebFilter",
    "WebListener",
    "ServerEndpoint",
    "Path",
];

const TEST_METHODS: &[&str] = &[
    "Test",
    "ParameterizedTest",
    "RepeatedTest",
    "TestFactory",
    "TestTemplate",
    "Before",
    "After",
    "BeforeEach",
    "AfterEach",
    "BeforeAll",
    "AfterAll",
    "BeforeClass",
    "AfterClass",
    "BeforeMethod",
    "AfterMethod",
    "BeforeSuite",
    "AfterSuite",
];

/// Methods that a server calls on classes below one of its own.
const OVERRIDDEN: &[(&str, &[&str], EntryKind)] = &[
    ("Servlet", &["service", "init", "destroy"], Route),
    (
        "HttpServlet",
        &["doGet", "doPost", "doPut", "doDelete", "doHead", "doOptions", "doTrace", "service", "init"],
        Route,
    ),
    ("GenericServlet", &["service", "init"], Route),
    ("Filter", &["doFilter", "init"], Route),
    ("HttpFilter", &["doFilter"], Route),
    ("ServletContextListener", &["contextInitialized", "contextDestroyed"], Main),
    ("ContainerRequestFilter", &["filter"], Route),
    ("ContainerResponseFilter", &["filter"], Route),
    ("ExceptionMapper", &["toResponse"], Route),
    ("HandlerInterceptor", &["preHandle", "postHandle", "afterCompletion"], Route),
    ("OncePerRequestFilter", &["doFilterInternal"], Route),
    ("CommandLineRunner", &["run"], Main),
    ("ApplicationRunner", &["run"], Main),
    ("QuarkusApplication", &["run"], Main),
    ("ApplicationListener", &["onApplicationEvent"], Handler),
    ("MessageListener", &["onMessage"], Job),
    ("Job", &["execute"], Job),
    ("QuartzJobBean", &["executeInternal"], Job),
    ("RequestHandler", &["handleRequest"], Handler),
    ("RequestStreamHandler", &["handleRequest"], Handler),
    ("Verticle", &["start"], Main),
    ("AbstractVerticle", &["start"], Main),
    ("BindableService", &["bindService"], Route),
];

/// Production entry points.
pub(crate) fn entries(solver: &Solver<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (id, class) in classes(solver).filter(|(_, module)| !is_test_file(&solver.linker, *module)) {
        found.extend(mains(solver, id, class));
        found.extend(annotated(solver, id, class));
        found.extend(overridden(solver, id, class));
    }
    found
}

/// First-party classes with their files.
fn classes<'s>(solver: &'s Solver<'_>) -> impl Iterator<Item = (Cls, Mod)> + use<'s> {
    let all = (0u32..).map(Cls).zip(&solver.linker.classes.list);
    all.map(|(id, class)| (id, class.module)).filter(|(_, module)| solver.linker.unit_of(*module).first_party())
}

fn found(solver: &Solver<'_>, module: Mod, function: FunctionId, kind: EntryKind, why: String) -> Found {
    let line = solver.facts(module).function(function).span.line;
    let file = solver.linker.path_of(module).to_owned();
    Found { module, function: Some(solver.func(module, function)), kind, why, file, line }
}

fn mains(solver: &Solver<'_>, class: Cls, module: Mod) -> Vec<Found> {
    let class = solver.linker.classes.get(class);
    let takes_strings = |method: &Method| match method.params[..] {
        [only] => solver.linker.classes.name(only) == "java.lang.String[]",
        _ => false,
    };
    let mains = class.named("main").filter(|(_, method)| method.is_static && takes_strings(method));
    let name = solver.linker.classes.name(class.ty);
    mains.map(|(_, method)| found(solver, module, method.function, Main, main_why(solver, name))).collect()
}

fn main_why(solver: &Solver<'_>, class: &str) -> String {
    let resources = solver.linker.program.units.iter().flat_map(|unit| &unit.resources);
    let named = resources.filter_map(|(path, resource)| match resource {
        Resource::Jvm(list) => {
            list.lines.iter().any(|line| line.name == "Main-Class" && line.target == class).then_some(path)
        }
        _ => None,
    });
    named.map(|path| format!("Main-Class in {path}")).next().unwrap_or_else(|| "main method".to_owned())
}

fn annotated(solver: &Solver<'_>, class: Cls, module: Mod) -> Vec<Found> {
    let facts = solver.facts(module);
    let id = solver.linker.classes.get(class).id;
    let mut entries = Vec::new();
    for annotation in &facts.annotations {
        let Some(function) = annotation.function.filter(|f| facts.function(*f).class == Some(id)) else { continue };
        let name = facts.text(annotation.name);
        if let Some((_, kind, why)) = METHODS.iter().find(|(names, ..)| names.contains(&name)) {
            let why = format!("{why} @{name}{}", shown(facts, annotation));
            entries.push(found(solver, module, function, *kind, why));
        }
    }
    entries
}

fn shown(facts: &faultline_facts::Facts, annotation: &Annotation) -> String {
    let text =
        annotation.args.iter().find_map(|arg| if let Const::Str(sym) = arg { Some(facts.text(*sym)) } else { None });
    text.map(|text| format!("(\"{text}\")")).unwrap_or_default()
}

fn overridden(solver: &Solver<'_>, class: Cls, module: Mod) -> Vec<Found> {
    let classes = &solver.linker.classes;
    let of = classes.get(class);
    let outside: Vec<&str> = classes
        .ancestors(of.ty)
        .filter(|above| classes.class(*above).is_none())
        .map(|above| classes.name(above).rsplit(['.', '$']).next().unwrap_or_default())
        .collect();
    let mut entries = Vec::new();
    for (name, methods, kind) in OVERRIDDEN.iter().filter(|(name, ..)| outside.contains(name)) {
        for method in methods.iter().flat_map(|method| of.named(method)).map(|(_, method)| method) {
            if !method.is_static && !method.is_abstract && !method.bridge {
                entries.push(found(solver, module, method.function, *kind, format!("called by a {name}")));
            }
        }
    }
    entries
}

/// Classes that a container makes: their constructors run.
pub(crate) fn components(solver: &Solver<'_>) -> Vec<Found> {
    let mut entries = Vec::new();
    for (class, module) in classes(solver).filter(|(_, module)| !is_test_file(&solver.linker, *module)) {
        let of = solver.linker.classes.get(class);
        let facts = solver.facts(module);
        let marked = facts.annotations.iter().filter(|annotation| annotation.class == Some(of.id));
        let Some(name) = marked.map(|a| facts.text(a.name)).find(|name| COMPONENTS.contains(name)) else { continue };
        for (_, method) in of.named("<init>") {
            entries.push(found(solver, module, method.function, Main, format!("made by a container: @{name}")));
        }
    }
    entries
}

/// Methods that a test runner calls.
pub(crate) fn tests(solver: &Solver<'_>, module: Mod) -> Vec<Found> {
    let facts = solver.facts(module);
    let mut entries = Vec::new();
    for annotation in &facts.annotations {
        let Some(function) = annotation.function else { continue };
        if TEST_METHODS.contains(&facts.text(annotation.name)) {
            entries.push(found(solver, module, function, Test, format!("@{}", facts.text(annotation.name))));
        }
    }
    for (at, function) in (0u32..).zip(&facts.functions) {
        let name = facts.text(function.name);
        let junit3 = function.class.is_some_and(|class| extends_test_case(solver, module, class));
        if junit3 && (name.starts_with("test") || name.starts_with("setUp(") || name.starts_with("tearDown(")) {
            entries.push(found(solver, module, FunctionId(at), Test, "test of JUnit 3".to_owned()));
        }
    }
    entries
}

fn extends_test_case(solver: &Solver<'_>, module: Mod, class: faultline_facts::ClassId) -> bool {
    let classes = &solver.linker.classes;
    let Some(class) = classes.of(module, class) else { return false };
    classes.ancestors(classes.get(class).ty).any(|ty| classes.name(ty) == "junit.framework.TestCase")
}
