//! What a command line starts: a file of the tree, a Python module, or `module:attribute`.

/// Folder and name of a script → folder of the `package.json` that has it, and its command line.
pub(crate) type Scripts<'a> = &'a dyn Fn(&str, &str) -> Option<(String, String)>;

/// Where a command runs, and how the scripts of `package.json` files are looked up.
pub(crate) struct Surroundings<'a> {
    /// Folder of the file that states the command.
    pub folder: &'a str,
    /// Work folder inside an image, when one is stated.
    pub workdir: Option<&'a str>,
    /// Scripts of `package.json` files.
    pub scripts: Scripts<'a>,
}

/// A file (true) or Python module (false).
pub(crate) type Target = (String, bool);

/// Scripts and shells that start each other.
const MAX_SCRIPTS: u32 = 4;

/// Everything that a command line starts.
pub(crate) fn targets(words: &[String], around: &Surroundings<'_>) -> Vec<Target> {
    let mut found = Vec::new();
    collect(words, around, 0, &mut found);
    found
}

fn collect(words: &[String], around: &Surroundings<'_>, depth: u32, out: &mut Vec<Target>) {
    for words in words.split(|word| is_operator(word)) {
        let words = program(words);
        if let Some(text) = shell_text(&words).filter(|_| depth < MAX_SCRIPTS) {
            collect(&shell_words(&text), around, depth + 1, out);
        } else if let Some(name) = script_name(&words).filter(|_| depth < MAX_SCRIPTS) {
            let Some((folder, command)) = (around.scripts)(around.folder, name) else { continue };
            let around = Surroundings { folder: &folder, workdir: None, scripts: around.scripts };
            collect(&shell_words(&command), &around, depth + 1, out);
        } else if let Some(target) = target_of(&words, around.folder, around.workdir) {
            out.extend((!out.contains(&target)).then_some(target));
        }
    }
}

fn is_operator(word: &str) -> bool {
    matches!(word, "&&" | "||" | "|" | ";" | "&")
}

/// The words from the program on: variables and programs that start others are left out.
fn program(words: &[String]) -> Vec<&str> {
    let words = words.iter().map(String::as_str);
    words.skip_while(|w| WRAPPERS.contains(&base(w)) || (w.contains('=') && !w.starts_with('-'))).collect()
}

/// `sh -c text`.
fn shell_text(words: &[&str]) -> Option<String> {
    let (program, arguments) = words.split_first()?;
    let (first, rest) = arguments.split_first()?;
    let shell = matches!(base(program), "sh" | "bash" | "ash" | "dash") && matches!(*first, "-c" | "-lc" | "-ec");
    shell.then(|| rest.join(" "))
}

/// `npm start`, `npm run x`, `yarn x`, `pnpm run x`.
fn script_name<'w>(words: &[&'w str]) -> Option<&'w str> {
    let (program, arguments) = words.split_first()?;
    let mut named = arguments.iter().copied().filter(|word| !word.starts_with('-'));
    let first = named.next()?;
    match (base(program), first) {
        ("npm" | "pnpm" | "yarn" | "bun", "run" | "run-script") => named.next(),
        ("npm" | "pnpm", "start") => Some(first),
        ("yarn", name) if !matches!(name, "node" | "exec" | "dlx") => Some(name),
        _ => None,
    }
}

/// Words of a shell command; quotes are only taken off.
pub(crate) fn shell_words(text: &str) -> Vec<String> {
    let text = text.replace(';', " ; ");
    text.split_whitespace().map(|w| w.trim_matches(['"', '\'']).to_owned()).collect()
}

/// Words before the program proper.
const WRAPPERS: [&str; 10] = ["exec", "tini", "dumb-init", "--", "poetry", "pipenv", "uv", "run", "npx", "env"];

fn target_of(words: &[&str], folder: &str, workdir: Option<&str>) -> Option<Target> {
    let (program, arguments) = words.split_first()?;
    match base(program) {
        "node" | "nodejs" | "bun" | "tsx" | "ts-node" | "nodemon" | "pm2-runtime" | "deno" => {
            let arguments = if arguments.first() == Some(&"run") { &arguments[1..] } else { arguments };
            script(arguments, folder, workdir)
        }
        "gunicorn" | "uvicorn" | "hypercorn" | "daphne" | "waitress-serve" | "granian" => application(arguments),
        "celery" | "flask" | "rq" | "arq" | "dramatiq" | "faust" => {
            let option = option(arguments, &["-A", "--app"]);
            option
                .or_else(|| arguments.iter().find(|a| a.contains('.') && is_module(a)).map(|a| (*a).to_owned()))
                .map(|module| (module, false))
        }
        "fastapi" if matches!(arguments.first(), Some(&("run" | "dev"))) => script(&arguments[1..], folder, workdir),
        "uwsgi" => option(arguments, &["--module", "-w"]).map(|module| (module, false)),
        name if name.starts_with("python") || name.starts_with("pypy") => python(arguments, folder, workdir),
        _ => None,
    }
}

fn base(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

fn python(arguments: &[&str], folder: &str, workdir: Option<&str>) -> Option<Target> {
    match option(arguments, &["-m"]) {
        Some(module) if matches!(module.as_str(), "gunicorn" | "uvicorn" | "hypercorn" | "flask" | "celery") => {
            let at = arguments.iter().position(|a| *a == module)?;
            target_of(&arguments[at..], folder, workdir)
        }
        Some(module) => Some((module, false)),
        None => script(arguments, folder, workdir),
    }
}

/// The first argument that is a file, options with a value left out.
fn script(arguments: &[&str], folder: &str, workdir: Option<&str>) -> Option<Target> {
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
fn application(arguments: &[&str]) -> Option<Target> {
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
    below(folder, relative).filter(|path| !path.is_empty())
}

/// A relative path from a folder, without `.` and `..`; `None` when it leaves the tree.
pub(crate) fn below(folder: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|p| !p.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop()?,
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
