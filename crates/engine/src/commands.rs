//! Commands that deployment files start: `Procfile`, `Dockerfile`, compose files, and serverless handlers.

use faultline_package::Ecosystem;

use crate::deploy;
use crate::start::{Scripts, Surroundings, shell_words, targets};

/// An entry point that a deployment file states.
#[derive(Debug, Clone, PartialEq, Eq, bitcode::Encode, bitcode::Decode)]
pub struct Declared {
    /// A file of the tree, a Python module, or `module:function`.
    pub target: String,
    /// True for a file, false for a Python module.
    pub is_file: bool,
    /// True for a function that a platform calls, false for what a process starts with.
    pub is_handler: bool,
    /// The deployment file.
    pub file: String,
    /// 1-based line in it.
    pub line: u32,
}

impl Declared {
    /// Whose code it starts.
    pub fn ecosystem(&self) -> Ecosystem {
        if !self.is_file {
            return Ecosystem::PyPi;
        }
        let file = self.target.split(':').next().unwrap_or_default();
        faultline_extract::language_of(file).map_or(Ecosystem::Npm, crate::checkout::ecosystem_of)
    }
}

/// True for files that [`declared`] reads.
pub(crate) fn is_deployment_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == "Procfile" || is_dockerfile(name) || deploy::is_compose(name) || deploy::is_serverless(name)
}

fn is_dockerfile(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(name.as_str(), "dockerfile" | "containerfile")
        || name.starts_with("dockerfile.")
        || name.ends_with(".dockerfile")
}

/// Commands of one file that are looked at; real files have a handful.
const MAX_COMMANDS: usize = 1_000;
/// Words of an `ENTRYPOINT` that are put before the words of a `CMD`.
const MAX_WORDS: usize = 64;

/// What is known of the tree around a deployment file.
pub(crate) struct Tree<'a> {
    /// Scripts of `package.json` files.
    pub scripts: Scripts<'a>,
    /// True when the path is a file.
    pub exists: &'a dyn Fn(&str) -> bool,
}

/// The entry points that a deployment file states; commands that are not understood are left out.
pub(crate) fn declared(path: &str, text: &str, tree: &Tree<'_>) -> Vec<Declared> {
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    let file = path.to_owned();
    if deploy::is_serverless(name) {
        let handlers = deploy::handlers(folder, text, tree.exists).into_iter();
        let declared = |h: deploy::Handler| Declared {
            target: h.target,
            is_file: true,
            is_handler: true,
            file: file.clone(),
            line: h.line,
        };
        return handlers.map(declared).collect();
    }
    let commands = match name {
        "Procfile" => procfile(text),
        name if deploy::is_compose(name) => deploy::compose(folder, text),
        _ => dockerfile(text),
    };
    let mut found: Vec<Declared> = Vec::new();
    for Command { line, words, workdir, folder: own } in commands.into_iter().take(MAX_COMMANDS) {
        let folder = own.as_deref().unwrap_or(folder);
        let around = Surroundings { folder, workdir: workdir.as_deref(), scripts: tree.scripts };
        for (target, is_file) in targets(&words, &around) {
            if !found.iter().any(|known| known.target == target) {
                found.push(Declared { target, is_file, is_handler: false, file: file.clone(), line });
            }
        }
    }
    found
}

/// A command line and where it stands.
pub(crate) struct Command {
    pub line: u32,
    pub words: Vec<String>,
    /// Work folder inside the image.
    pub workdir: Option<String>,
    /// Folder of the code when it is not that of the file.
    pub folder: Option<String>,
}

fn procfile(text: &str) -> Vec<Command> {
    let lines = (1u32..).zip(text.lines());
    let command = |(line, text): (u32, &str)| {
        let (name, command) = text.split_once(':')?;
        let named = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        named.then(|| Command { line, words: shell_words(command), workdir: None, folder: None })
    };
    lines.filter_map(command).collect()
}

/// `ENTRYPOINT` and `CMD` of every stage; where both are lists, the second has the arguments of the first.
fn dockerfile(text: &str) -> Vec<Command> {
    let mut commands = Vec::new();
    let mut workdir: Option<String> = None;
    let mut entrypoint: Vec<String> = Vec::new();
    for (line, text) in instructions(text) {
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((&text, ""));
        let (word, rest) = (word.to_ascii_uppercase(), rest.trim());
        match word.as_str() {
            "FROM" => entrypoint.clear(),
            "WORKDIR" => workdir = Some(rest.trim_end_matches('/').to_owned()),
            "CMD" | "ENTRYPOINT" => {
                let words = exec_words(rest);
                let joined = [entrypoint.clone(), words.clone()].concat();
                if word == "ENTRYPOINT" && rest.starts_with('[') {
                    entrypoint = words.iter().take(MAX_WORDS).cloned().collect();
                } else if word == "CMD" && !entrypoint.is_empty() {
                    commands.push(Command { line, words: joined, workdir: workdir.clone(), folder: None });
                }
                commands.push(Command { line, words, workdir: workdir.clone(), folder: None });
            }
            _ => {}
        }
    }
    commands
}

/// Instructions with their first line; a `\` at the end of a line goes on.
fn instructions(text: &str) -> Vec<(u32, String)> {
    let mut found: Vec<(u32, String)> = Vec::new();
    let mut goes_on = false;
    for (number, line) in (1u32..).zip(text.lines()) {
        let line = line.trim();
        if line.starts_with('#') {
            continue;
        }
        let part = line.strip_suffix('\\').unwrap_or(line);
        match found.last_mut().filter(|_| goes_on) {
            Some((_, instruction)) => instruction.push_str(part),
            None => found.push((number, part.to_owned())),
        }
        goes_on = line.ends_with('\\');
    }
    found
}

/// `["node", "x.js"]`, or a shell command.
fn exec_words(text: &str) -> Vec<String> {
    serde_json::from_str(text).unwrap_or_else(|_| shell_words(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: [&str; 3] = ["api/src/mail.ts", "jobs/app.py", "jobs/src/app.py"];

    fn script(folder: &str, name: &str) -> Option<(String, String)> {
        let command = match name {
            "start" => "npm run build && node dist/main.js",
            "build" => "tsc -p .",
            "worker" => "yarn worker",
            _ => return None,
        };
        Some((folder.to_owned(), command.to_owned()))
    }

    fn targets(path: &str, text: &str) -> Vec<(String, u32)> {
        let tree = Tree { scripts: &script, exists: &|path| FILES.contains(&path) };
        declared(path, text, &tree).into_iter().map(|d| (d.target, d.line)).collect()
    }

    #[test]
    fn scripts_of_package_manifests_are_followed() {
        assert_eq!(targets("api/Dockerfile", "CMD [\"npm\", \"start\"]\n"), [("api/dist/main.js".into(), 1)]);
        assert_eq!(
            targets("Procfile", "web: npm run start\njob: yarn worker\nnone: npm run lint\n"),
            [("dist/main.js".into(), 1)]
        );
    }

    #[test]
    fn arguments_of_an_entrypoint_may_be_the_command() {
        let text = "FROM python\nENTRYPOINT [\"python\"]\nCMD [\"-m\", \"shop.run\"]\nFROM node\nCMD [\"x.js\"]\n";
        assert_eq!(targets("Dockerfile", text), [("shop.run".into(), 3)]);
    }

    #[test]
    fn services_of_compose_files_run_below_their_build_context() {
        let text = "services:\n  api:\n    build: ./api\n    working_dir: /srv\n    command: [node, /srv/main.js]\n  job:\n    build:\n      context: jobs\n    entrypoint: sh -c \"echo x; python run.py\"\n  db:\n    image: postgres\n    command: postgres -c x=y\n";
        let expected = [("deploy/api/main.js".into(), 5), ("deploy/jobs/run.py".into(), 9)];
        assert_eq!(targets("deploy/docker-compose.prod.yml", text), expected);
        assert_eq!(targets("compose.yaml", "services: [\n"), []);
    }

    #[test]
    fn serverless_handlers_are_functions_of_files_that_are_there() {
        let text = "functions:\n  mail:\n    handler: src/mail.send\n  gone:\n    handler: src/gone.send\n";
        assert_eq!(targets("api/serverless.yml", text), [("api/src/mail.ts:send".into(), 3)]);
        let text = "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: src/\n      Handler: app.run\n  G:\n    Properties:\n      Handler: app.run\n";
        let expected = [("jobs/src/app.py:run".into(), 6), ("jobs/app.py:run".into(), 9)];
        assert_eq!(targets("jobs/template.yaml", text), expected);
    }

    #[test]
    fn procfiles_name_files_and_modules() {
        let text = "web: gunicorn shop.wsgi:application --workers 3\n# no: thing\nworker: python -u jobs/run.py\nclock: python -m shop.clock\nrelease: ./migrate.sh\n";
        let expected = [("shop.wsgi:application".into(), 1), ("svc/jobs/run.py".into(), 3), ("shop.clock".into(), 4)];
        assert_eq!(targets("svc/Procfile", text), expected);
    }

    #[test]
    fn dockerfiles_name_files_below_their_work_folder() {
        let text = "FROM node:20\nWORKDIR /app\nCOPY . .\nCMD [\"node\", \\\n  \"-r\", \"./trace.js\", \"/app/src/server.js\"]\n";
        assert_eq!(targets("Dockerfile", text), [("src/server.js".into(), 4)]);
        let text = "ENTRYPOINT exec env PORT=80 python -m uvicorn app.main:create() --factory\n";
        assert_eq!(targets("deploy/Dockerfile", text), [("app.main:create".into(), 1)]);
    }

    #[test]
    fn commands_that_are_not_understood_are_left_out() {
        for command in ["CMD", "CMD []", "CMD [\"/bin/server\"]", "CMD node", "CMD node /elsewhere/x.js", "CMD sh -c"] {
            assert_eq!(targets("Dockerfile", command), [], "{command}");
        }
    }
}
