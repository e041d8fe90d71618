//! Commands that deployment files start: `Procfile` and `Dockerfile`, as entry points.

use faultline_package::Ecosystem;

/// An entry point that a deployment file states.
#[derive(Debug, Clone, PartialEq, Eq, bitcode::Encode, bitcode::Decode)]
pub struct Declared {
    /// A file of the tree, a Python module, or `module:function`.
    pub target: String,
    /// True for a file, false for a Python module.
    pub is_file: bool,
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
        faultline_extract::language_of(&self.target).map_or(Ecosystem::Npm, crate::checkout::ecosystem_of)
    }
}

/// True for files that [`declared`] reads.
pub(crate) fn is_deployment_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == "Procfile" || is_dockerfile(name)
}

fn is_dockerfile(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(name.as_str(), "dockerfile" | "containerfile")
        || name.starts_with("dockerfile.")
        || name.ends_with(".dockerfile")
}

/// The entry points that a deployment file states; commands that are not understood are left out.
pub(crate) fn declared(path: &str, text: &str) -> Vec<Declared> {
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    let commands = if name == "Procfile" { procfile(text) } else { dockerfile(text) };
    let mut found = Vec::new();
    for Command { line, words, workdir } in commands {
        if let Some((target, is_file)) = target_of(&words, folder, workdir.as_deref()) {
            found.push(Declared { target, is_file, file: path.to_owned(), line });
        }
    }
    found
}

/// A command line and where it stands.
struct Command {
    line: u32,
    words: Vec<String>,
    workdir: Option<String>,
}

fn procfile(text: &str) -> Vec<Command> {
    let lines = (1u32..).zip(text.lines());
    let command = |(line, text): (u32, &str)| {
        let (name, command) = text.split_once(':')?;
        let named = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        named.then(|| Command { line, words: shell_words(command), workdir: None })
    };
    lines.filter_map(command).collect()
}

fn dockerfile(text: &str) -> Vec<Command> {
    let mut commands = Vec::new();
    let mut workdir: Option<String> = None;
    for (line, text) in instructions(text) {
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((&text, ""));
        match word.to_ascii_uppercase().as_str() {
            "WORKDIR" => workdir = Some(rest.trim().trim_end_matches('/').to_owned()),
            "CMD" | "ENTRYPOINT" => {
                commands.push(Command { line, words: exec_words(rest.trim()), workdir: workdir.clone() });
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

/// Words of a shell command, up to the first operator; quotes are only taken off.
fn shell_words(text: &str) -> Vec<String> {
    let words = text.split_whitespace().take_while(|w| !matches!(*w, "&&" | "||" | "|" | ";"));
    words.map(|w| w.trim_matches(['"', '\'']).to_owned()).collect()
}

/// Words before the program proper.
const WRAPPERS: [&str; 10] = ["exec", "tini", "dumb-init", "--", "poetry", "pipenv", "uv", "run", "npx", "env"];

/// What a command starts: a file or a Python module.
fn target_of(words: &[String], folder: &str, workdir: Option<&str>) -> Option<(String, bool)> {
    let words: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .skip_while(|w| WRAPPERS.contains(&base(w)) || (w.contains('=') && !w.starts_with('-')))
        .collect();
    let (program, arguments) = words.split_first()?;
    match base(program) {
        "sh" | "bash" if arguments.first() == Some(&"-c") => {
            target_of(&shell_words(&arguments[1..].join(" ")), folder, workdir)
        }
        "node" | "nodejs" | "bun" | "tsx" | "ts-node" => script(arguments, folder, workdir),
        "gunicorn" | "uvicorn" | "hypercorn" | "daphne" | "waitress-serve" => application(arguments),
        "celery" => option(arguments, &["-A", "--app"]).map(|module| (module, false)),
        "flask" => option(arguments, &["-A", "--app"]).map(|module| (module, false)),
        name if name.starts_with("python") || name.starts_with("pypy") => python(arguments, folder, workdir),
        _ => None,
    }
}

fn base(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

fn python(arguments: &[&str], folder: &str, workdir: Option<&str>) -> Option<(String, bool)> {
    match option(arguments, &["-m"]) {
        Some(module) if matches!(module.as_str(), "gunicorn" | "uvicorn" | "hypercorn" | "flask" | "celery") => {
            let at = arguments.iter().position(|a| *a == module)?;
            let rest: Vec<String> = arguments[at..].iter().map(|a| (*a).to_owned()).collect();
            target_of(&rest, folder, workdir)
        }
        Some(module) => Some((module, false)),
        None => script(arguments, folder, workdir),
    }
}

/// The first argument that is a file, options with a value left out.
fn script(arguments: &[&str], folder: &str, workdir: Option<&str>) -> Option<(String, bool)> {
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match *argument {
            "-r" | "--require" | "--import" | "--loader" => _ = rest.next(),
            option if option.starts_with('-') => {}
            file => return Some((in_tree(file, folder, workdir)?, true)),
        }
    }
    None
}

/// `module:attribute` of a server's command line.
fn application(arguments: &[&str]) -> Option<(String, bool)> {
    let named = |a: &&&str| !a.starts_with('-') && a.split_once(':').is_some_and(|(m, _)| is_module(m));
    let application = arguments.iter().find(named)?;
    let (module, attribute) = application.split_once(':')?;
    Some((format!("{module}:{}", attribute.split('(').next().unwrap_or(attribute)), false))
}

fn is_module(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
        && !text.starts_with(char::is_numeric)
}

/// The value of an option, `-m x` or `--app=x`.
fn option(arguments: &[&str], names: &[&str]) -> Option<String> {
    arguments.iter().enumerate().find_map(|(index, argument)| {
        let joined = argument.split_once('=').filter(|(name, _)| names.contains(name)).map(|(_, value)| value);
        let separate = names.contains(argument).then(|| arguments.get(index + 1).copied()).flatten();
        joined.or(separate).map(str::to_owned)
    })
}

/// A path of a command, seen from the tree's root. Absolute paths are those below the image's work folder.
fn in_tree(path: &str, folder: &str, workdir: Option<&str>) -> Option<String> {
    let relative = match (path.strip_prefix('/'), workdir) {
        (None, _) => path,
        (Some(_), Some(workdir)) => path.strip_prefix(workdir)?.trim_start_matches('/'),
        (Some(_), None) => return None,
    };
    let mut parts: Vec<&str> = folder.split('/').filter(|p| !p.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop()?,
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(path: &str, text: &str) -> Vec<(String, u32)> {
        declared(path, text).into_iter().map(|d| (d.target, d.line)).collect()
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
