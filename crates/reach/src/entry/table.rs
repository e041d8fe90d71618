//! What frameworks call: packages, and the names under which they take functions. Data only.

use faultline_facts::Language;

use crate::EntryKind::{self, Handler, Job, Main, Route};

/// Functions given to one of `names` of a package (a method of one of its objects, a function, a constructor, or
/// a decorator) are entered.
pub(crate) struct Rule {
    /// Packages by distribution or import name.
    pub(crate) packages: &'static [&'static str],
    /// Last part of the name of what takes the function.
    pub(crate) names: &'static [&'static str],
    /// Kind of entry.
    pub(crate) kind: EntryKind,
}

/// Methods that are entered of classes that a package makes: subclasses of its own, or classes that it decorates.
pub(crate) struct ClassRule {
    /// Packages by distribution or import name.
    pub(crate) packages: &'static [&'static str],
    /// How the name of the base class or of the decorator ends.
    pub(crate) bases: &'static [&'static str],
    /// The methods; empty for none but the constructor.
    pub(crate) methods: &'static [&'static str],
    /// Kind of entry.
    pub(crate) kind: EntryKind,
}

/// The rules of a language.
pub(crate) struct Rules {
    /// Calls that take functions.
    pub(crate) calls: &'static [Rule],
    /// Decorators of functions and methods.
    pub(crate) decorators: &'static [Rule],
    /// Subclasses.
    pub(crate) bases: &'static [ClassRule],
    /// Decorators of classes.
    pub(crate) classes: &'static [ClassRule],
}

/// The rules of a language.
pub(crate) fn rules(language: Language) -> &'static Rules {
    if language == Language::Python { &PYTHON } else { &SCRIPT }
}

impl Rules {
    /// True when some rule is about this package.
    pub(crate) fn know(&self, is_package: &dyn Fn(&str) -> bool) -> bool {
        let of_rules = self.calls.iter().chain(self.decorators).map(|rule| rule.packages);
        let of_classes = self.bases.iter().chain(self.classes).map(|rule| rule.packages);
        of_rules.chain(of_classes).flatten().any(|package| is_package(package))
    }
}

const EXPRESS: &[&str] = &["express", "router", "connect", "restify", "polka", "express-promise-router", "find-my-way"];
const EXPRESS_METHODS: &[&str] = &[
    "get", "post", "put", "delete", "patch", "head", "options", "all", "use", "param", "route", "del", "add", "on",
    "pre",
];

static SCRIPT: Rules = Rules {
    calls: &[
        Rule { packages: EXPRESS, names: EXPRESS_METHODS, kind: Route },
        Rule {
            packages: &["fastify", "@fastify/websocket"],
            names: &[
                "get",
                "post",
                "put",
                "delete",
                "patch",
                "head",
                "options",
                "all",
                "route",
                "register",
                "addHook",
                "setErrorHandler",
                "setNotFoundHandler",
                "addContentTypeParser",
                "decorate",
                "decorateRequest",
                "decorateReply",
                "after",
                "ready",
            ],
            kind: Route,
        },
        Rule {
            packages: &[
                "koa",
                "koa-router",
                "@koa/router",
                "koa-mount",
                "koa-route",
                "hono",
                "@hono/hono",
                "itty-router",
            ],
            names: &[
                "get", "post", "put", "delete", "patch", "head", "options", "all", "use", "param", "del", "register",
                "link", "unlink", "on", "onError", "notFound", "mount",
            ],
            kind: Route,
        },
        Rule {
            packages: &["@hapi/hapi", "hapi"],
            names: &["route", "ext", "register", "method", "handler", "auth", "scheme"],
            kind: Route,
        },
        Rule {
            packages: &["ws", "socket.io", "graphql-yoga", "@grpc/grpc-js"],
            names: &["on", "use", "addService"],
            kind: Route,
        },
        Rule {
            packages: &["apollo-server", "apollo-server-express", "@apollo/server", "graphql-yoga"],
            names: &["ApolloServer", "createSchema"],
            kind: Route,
        },
        Rule {
            packages: &["@google-cloud/functions-framework", "firebase-functions", "@azure/functions"],
            names: &[
                "http",
                "cloudEvent",
                "event",
                "onRequest",
                "onCall",
                "onCreate",
                "onUpdate",
                "onDelete",
                "onWrite",
                "onPublish",
                "onMessagePublished",
                "onDocumentCreated",
                "onDocumentWritten",
                "get",
                "post",
                "storageBlob",
                "serviceBusQueue",
                "storageQueue",
            ],
            kind: Handler,
        },
        Rule {
            packages: &["@azure/functions", "firebase-functions"],
            names: &["timer", "onRun", "onSchedule"],
            kind: Job,
        },
        Rule {
            packages: &["bull", "bullmq", "bee-queue", "kue", "agenda", "pg-boss", "graphile-worker"],
            names: &["process", "Worker", "define", "work", "run"],
            kind: Job,
        },
        Rule {
            packages: &["amqplib", "amqp-connection-manager", "rhea", "nats", "stompit"],
            names: &["consume", "subscribe", "addSetup"],
            kind: Job,
        },
        Rule { packages: &["kafkajs", "node-rdkafka", "kafka-node"], names: &["run", "on"], kind: Job },
        Rule {
            packages: &["sqs-consumer", "@google-cloud/pubsub", "mqtt"],
            names: &["create", "on", "subscribe"],
            kind: Job,
        },
        Rule { packages: &["redis", "ioredis"], names: &["subscribe", "pSubscribe", "psubscribe"], kind: Job },
        Rule {
            packages: &["node-cron", "node-schedule", "cron", "croner", "toad-scheduler"],
            names: &["schedule", "scheduleJob", "CronJob", "from", "Cron", "Task", "AsyncTask"],
            kind: Job,
        },
        Rule { packages: &["commander", "yargs", "cac"], names: &["action", "command"], kind: Main },
    ],
    decorators: &[
        Rule {
            packages: &[
                "@nestjs/common",
                "routing-controllers",
                "tsoa",
                "@tsed/common",
                "@nestjs/graphql",
                "type-graphql",
            ],
            names: &[
                "Get",
                "Post",
                "Put",
                "Delete",
                "Patch",
                "Head",
                "Options",
                "All",
                "Sse",
                "Query",
                "Mutation",
                "Subscription",
                "ResolveField",
                "FieldResolver",
                "ResolveReference",
            ],
            kind: Route,
        },
        Rule {
            packages: &["@nestjs/microservices", "@nestjs/websockets"],
            names: &["MessagePattern", "EventPattern", "GrpcMethod", "GrpcStreamMethod", "SubscribeMessage"],
            kind: Route,
        },
        Rule {
            packages: &["@nestjs/schedule", "@nestjs/bull", "@nestjs/bullmq", "@nestjs/event-emitter"],
            names: &["Cron", "Interval", "Timeout", "Process", "OnQueueCompleted", "OnWorkerEvent", "OnEvent"],
            kind: Job,
        },
    ],
    bases: &[ClassRule { packages: &["@nestjs/bullmq"], bases: &["WorkerHost"], methods: &["process"], kind: Job }],
    classes: &[
        ClassRule {
            packages: &["@nestjs/common", "@nestjs/graphql", "@nestjs/websockets"],
            bases: &["Injectable", "Catch", "Controller", "Resolver", "Module", "WebSocketGateway"],
            methods: &[
                "canActivate",
                "intercept",
                "transform",
                "use",
                "catch",
                "validate",
                "configure",
                "handleConnection",
                "handleDisconnect",
            ],
            kind: Route,
        },
        ClassRule {
            packages: &["@nestjs/common"],
            bases: &["Injectable", "Controller", "Module"],
            methods: &["onModuleInit", "onApplicationBootstrap", "onModuleDestroy", "onApplicationShutdown"],
            kind: Main,
        },
        ClassRule { packages: &["@nestjs/bull", "@nestjs/bullmq"], bases: &["Processor"], methods: &[], kind: Job },
    ],
};

const PYTHON_WEB: &[&str] = &[
    "flask",
    "quart",
    "fastapi",
    "starlette",
    "sanic",
    "aiohttp",
    "bottle",
    "falcon",
    "tornado",
    "flask-restful",
    "flask-restx",
    "flask-smorest",
    "connexion",
    "litestar",
    "blacksheep",
    "robyn",
    "chalice",
    "aws-lambda-powertools",
];

const VERBS: &[&str] =
    &["get", "post", "put", "delete", "patch", "head", "options", "trace", "dispatch", "dispatch_request", "prepare"];

static PYTHON: Rules = Rules {
    calls: &[
        Rule {
            packages: PYTHON_WEB,
            names: &[
                "add_url_rule",
                "add_api_route",
                "add_api_websocket_route",
                "add_websocket_route",
                "add_route",
                "add_get",
                "add_post",
                "add_put",
                "add_delete",
                "add_patch",
                "register_error_handler",
                "add_exception_handler",
                "add_event_handler",
                "add_resource",
                "add_middleware",
                "register_listener",
                "register_middleware",
                "before_request",
                "after_request",
                "Depends",
                "Security",
                "Route",
                "WebSocketRoute",
                "FastAPI",
                "Starlette",
            ],
            kind: Route,
        },
        Rule { packages: &["django", "channels"], names: &["path", "re_path", "url"], kind: Route },
        Rule { packages: &["django", "blinker"], names: &["connect"], kind: Route },
        Rule { packages: &["djangorestframework", "rest-framework"], names: &["register"], kind: Route },
        Rule { packages: &["pyramid"], names: &["add_view", "add_subscriber"], kind: Route },
        Rule {
            packages: &["apscheduler", "schedule", "rq-scheduler", "flask-apscheduler"],
            names: &["add_job", "do", "schedule", "cron", "enqueue_in", "enqueue_at"],
            kind: Job,
        },
        Rule { packages: &["rq", "django-rq", "arq"], names: &["enqueue", "enqueue_call", "func", "cron"], kind: Job },
        Rule {
            packages: &["pika", "kombu", "aio-pika", "google-cloud-pubsub", "nats-py", "nats", "paho-mqtt", "stomp-py"],
            names: &["basic_consume", "Consumer", "consume", "subscribe", "register_callback", "start_consuming"],
            kind: Job,
        },
        Rule { packages: &["click", "typer", "fire"], names: &["run", "Fire", "add_command", "command"], kind: Main },
    ],
    decorators: &[
        Rule {
            packages: PYTHON_WEB,
            names: &[
                "route",
                "get",
                "post",
                "put",
                "delete",
                "patch",
                "head",
                "options",
                "trace",
                "websocket",
                "before_request",
                "after_request",
                "teardown_request",
                "teardown_appcontext",
                "before_first_request",
                "errorhandler",
                "app_errorhandler",
                "context_processor",
                "url_value_preprocessor",
                "middleware",
                "exception_handler",
                "exception",
                "on_event",
                "api_route",
                "endpoint",
                "listener",
                "on_request",
                "on_response",
                "view",
                "template_filter",
                "before_app_request",
                "after_app_request",
                "user_loader",
            ],
            kind: Route,
        },
        Rule {
            packages: &["flask-login", "flask-httpauth", "flask-socketio"],
            names: &["user_loader", "request_loader", "verify_password", "verify_token", "on", "event"],
            kind: Route,
        },
        Rule {
            packages: &["django", "djangorestframework", "rest-framework"],
            names: &["receiver", "api_view", "action", "register", "simple_tag", "filter", "inclusion_tag"],
            kind: Route,
        },
        Rule { packages: &["pyramid"], names: &["view_config", "subscriber"], kind: Route },
        Rule {
            packages: &["functions-framework", "azure-functions", "firebase-functions", "modal"],
            names: &[
                "http",
                "cloud_event",
                "route",
                "function",
                "on_request",
                "on_call",
                "queue_trigger",
                "event_grid_trigger",
            ],
            kind: Handler,
        },
        Rule {
            packages: &["chalice", "azure-functions"],
            names: &["lambda_function", "on_sqs_message", "on_s3_event", "on_sns_message"],
            kind: Handler,
        },
        Rule {
            packages: &["aws-lambda-powertools"],
            names: &["inject_lambda_context", "capture_lambda_handler", "log_metrics", "event_source", "event_parser"],
            kind: Handler,
        },
        Rule { packages: &["chalice", "azure-functions"], names: &["schedule", "timer_trigger"], kind: Job },
        Rule {
            packages: &[
                "celery",
                "rq",
                "huey",
                "dramatiq",
                "apscheduler",
                "flask-apscheduler",
                "django-rq",
                "procrastinate",
                "faust",
            ],
            names: &[
                "task",
                "shared_task",
                "job",
                "actor",
                "scheduled_job",
                "periodic_task",
                "db_task",
                "db_periodic_task",
                "agent",
                "timer",
                "crontab",
                "connect",
            ],
            kind: Job,
        },
        Rule { packages: &["schedule"], names: &["repeat"], kind: Job },
        Rule {
            packages: &["click", "typer", "flask", "quart", "cyclopts", "invoke"],
            names: &["command", "group", "callback", "result_callback", "task", "default"],
            kind: Main,
        },
    ],
    bases: &[
        ClassRule {
            packages: &[
                "django",
                "djangorestframework",
                "rest-framework",
                "flask",
                "quart",
                "starlette",
                "aiohttp",
                "sanic",
            ],
            bases: &["View", "ViewSet", "Mixin", "HTTPEndpoint", "HTTPMethodView"],
            methods: VERBS,
            kind: Route,
        },
        ClassRule {
            packages: &["django", "djangorestframework", "rest-framework"],
            bases: &["View", "ViewSet"],
            methods: &[
                "list",
                "retrieve",
                "create",
                "update",
                "partial_update",
                "destroy",
                "perform_create",
                "perform_update",
                "perform_destroy",
                "get_queryset",
                "get_object",
                "get_context_data",
                "get_serializer_class",
                "get_permissions",
                "get_form_kwargs",
                "get_template_names",
                "form_valid",
                "form_invalid",
                "setup",
                "initial",
                "filter_queryset",
            ],
            kind: Route,
        },
        ClassRule {
            packages: &["djangorestframework", "rest-framework"],
            bases: &["Permission", "Authentication", "Serializer", "Throttle"],
            methods: &[
                "has_permission",
                "has_object_permission",
                "authenticate",
                "validate",
                "to_representation",
                "to_internal_value",
                "create",
                "update",
                "allow_request",
            ],
            kind: Route,
        },
        ClassRule {
            packages: &["django"],
            bases: &["MiddlewareMixin", "Form", "Backend", "Consumer"],
            methods: &[
                "process_request",
                "process_response",
                "process_view",
                "process_exception",
                "clean",
                "authenticate",
                "get_user",
            ],
            kind: Route,
        },
        ClassRule { packages: &["django"], bases: &["BaseCommand"], methods: &["handle", "add_arguments"], kind: Main },
        ClassRule { packages: &["django"], bases: &["AppConfig"], methods: &["ready"], kind: Main },
        ClassRule {
            packages: &["starlette", "fastapi"],
            bases: &["BaseHTTPMiddleware"],
            methods: &["dispatch"],
            kind: Route,
        },
        ClassRule {
            packages: &["tornado", "flask-restful", "flask-restx", "flask-smorest", "bottle"],
            bases: &["Handler", "Resource", "MethodView"],
            methods: VERBS,
            kind: Route,
        },
        ClassRule {
            packages: &["celery"],
            bases: &["Task"],
            methods: &["run", "on_failure", "on_success", "on_retry"],
            kind: Job,
        },
        ClassRule {
            packages: &["kombu"],
            bases: &["ConsumerMixin"],
            methods: &["get_consumers", "on_message"],
            kind: Job,
        },
    ],
    classes: &[],
};
