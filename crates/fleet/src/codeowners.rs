//! CODEOWNERS files of GitHub and GitLab: where they lie, what they say, and who owns a file.

use crate::pattern::covers;

/// GitHub reads no larger file; so do we.
pub const CODEOWNERS_BYTES: u64 = 3 << 20;

/// Whose rules a CODEOWNERS file follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// The last line that matches decides.
    GitHub,
    /// The last line that matches decides in each section.
    GitLab,
}

impl Dialect {
    /// Lower-case name.
    pub fn as_str(self) -> &'static str {
        match self {
            Dialect::GitHub => "github",
            Dialect::GitLab => "gitlab",
        }
    }
}

/// A CODEOWNERS file.
#[derive(Debug, Clone)]
pub struct OwnersFile {
    /// Path in the repository.
    pub path: String,
    /// Whose rules it follows.
    pub dialect: Dialect,
    /// Lines that say nothing that the host would take.
    pub faults: Vec<Fault>,
    sections: Vec<Section>,
}

/// A line that the host ignores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// 1-based line.
    pub line: u32,
    /// What is wrong with it, and the remedy.
    pub why: String,
}

/// One owner of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ownership {
    /// `@user`, `@org/team`, `@@role` or an e-mail address.
    pub owner: String,
    /// `file:line` of the rule.
    pub source: String,
    /// The section of GitLab that says it.
    pub section: Option<String>,
    /// True for an optional section.
    pub optional: bool,
}

#[derive(Debug, Clone, Default)]
struct Section {
    name: Option<String>,
    optional: bool,
    rules: Vec<Rule>,
}

#[derive(Debug, Clone)]
struct Rule {
    pattern: String,
    excludes: bool,
    owners: Vec<String>,
    line: u32,
}

/// Where both hosts look, in their order.
const GITHUB: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];
const GITLAB: [&str; 3] = ["CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"];

/// The CODEOWNERS files of a repository, the one that counts first. A repository is GitLab's when only GitLab would
/// read its file, when it has a pipeline of GitLab, or when the file has sections.
pub fn choose(exists: &dyn Fn(&str) -> bool, text: &dyn Fn(&str) -> Option<String>) -> Vec<OwnersFile> {
    let dialect = if exists(GITHUB[0]) {
        Dialect::GitHub
    } else if exists(GITLAB[2]) || exists(".gitlab-ci.yml") {
        Dialect::GitLab
    } else {
        let first = GITHUB.iter().find(|path| exists(path)).and_then(|path| text(path));
        if first.is_some_and(|t| t.lines().any(|l| header(l.trim()).is_some())) {
            Dialect::GitLab
        } else {
            Dialect::GitHub
        }
    };
    let own = if dialect == Dialect::GitHub { GITHUB } else { GITLAB };
    let foreign = if dialect == Dialect::GitHub { GITLAB[2] } else { GITHUB[0] };
    let places = own.into_iter().chain([foreign]).filter(|path| exists(path));
    places
        .filter_map(|path| {
            let dialect = match path {
                ".github/CODEOWNERS" => Dialect::GitHub,
                ".gitlab/CODEOWNERS" => Dialect::GitLab,
                _ => dialect,
            };
            Some(OwnersFile::parse(path, &text(path)?, dialect))
        })
        .collect()
}

impl OwnersFile {
    /// Reads a file; lines that mean nothing become faults.
    pub fn parse(path: &str, text: &str, dialect: Dialect) -> OwnersFile {
        let mut file =
            OwnersFile { path: path.to_owned(), dialect, faults: Vec::new(), sections: vec![Section::default()] };
        let mut current = (0, Vec::new());
        for (line, text) in (1u32..).zip(text.trim_start_matches('\u{feff}').lines()) {
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            match header(text).filter(|_| dialect == Dialect::GitLab) {
                Some((name, optional, rest)) => {
                    current = (file.section(name, optional), owners(rest, dialect).0);
                }
                None => file.rule(current.0, line, text, &current.1),
            }
        }
        file
    }

    /// Who owns a file; empty when nobody does.
    pub fn owners_of(&self, path: &str) -> Vec<Ownership> {
        self.sections.iter().flat_map(|section| self.in_section(section, path)).collect()
    }

    fn in_section(&self, section: &Section, path: &str) -> Vec<Ownership> {
        let matches = |rule: &&Rule| covers(self.dialect, &rule.pattern, path);
        // What a section excludes, no later line of it can take back in.
        if section.rules.iter().filter(|r| r.excludes).any(|r| matches(&r)) {
            return Vec::new();
        }
        let Some(rule) = section.rules.iter().rev().find(matches) else { return Vec::new() };
        let own = |owner: &String| Ownership {
            owner: owner.clone(),
            source: format!("{}:{}", self.path, rule.line),
            section: section.name.clone(),
            optional: section.optional,
        };
        rule.owners.iter().map(own).collect()
    }

    /// The section of a name: the same name, in whatever case, is the same section.
    fn section(&mut self, name: &str, optional: bool) -> usize {
        let same = |s: &Section| s.name.as_deref().is_some_and(|n| n.to_lowercase() == name.to_lowercase());
        self.sections.iter().position(same).unwrap_or_else(|| {
            self.sections.push(Section { name: Some(name.to_owned()), optional, rules: Vec::new() });
            self.sections.len() - 1
        })
    }

    fn rule(&mut self, section: usize, line: u32, text: &str, defaults: &[String]) {
        let (pattern, rest) = split_pattern(text);
        let (found, strange) = owners(rest, self.dialect);
        if let Some(word) = strange {
            let why = format!("`{word}` is no @user, @org/team or e-mail address; correct it");
            self.faults.push(Fault { line, why });
            if self.dialect == Dialect::GitHub {
                return;
            }
        }
        let exclusion = pattern.strip_prefix('!');
        if exclusion.is_some() && self.dialect == Dialect::GitHub {
            self.faults
                .push(Fault { line, why: "GitHub knows no exclusions; give the path a line without owners".into() });
            return;
        }
        let owners = if found.is_empty() { defaults.to_vec() } else { found };
        let pattern = exclusion.unwrap_or(&pattern).to_owned();
        self.sections[section].rules.push(Rule { pattern, excludes: exclusion.is_some(), owners, line });
    }
}

/// `[Name]`, `^[Name]`, `[Name][2]`: name, optional, the default owners' text.
fn header(text: &str) -> Option<(&str, bool, &str)> {
    let optional = text.starts_with('^');
    let inner = text.trim_start_matches('^').strip_prefix('[')?;
    let (name, rest) = inner.split_once(']')?;
    let rest = match rest.strip_prefix('[').and_then(|r| r.split_once(']')) {
        Some((count, rest)) if count.bytes().all(|b| b.is_ascii_digit()) => rest,
        _ => rest,
    };
    let is_header = !name.trim().is_empty() && (rest.is_empty() || rest.starts_with(char::is_whitespace));
    is_header.then_some((name.trim(), optional, rest))
}

/// The pattern, with `\ ` read as a space, and what follows it.
fn split_pattern(text: &str) -> (String, &str) {
    let mut pattern = String::new();
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if c.is_whitespace() && !escaped {
            return (pattern, &text[at..]);
        }
        if escaped && (c.is_whitespace() || c == '#') {
            pattern.pop();
        }
        escaped = c == '\\' && !escaped;
        pattern.push(c);
    }
    (pattern, "")
}

/// Owners up to a comment, and the first word that is none.
fn owners(text: &str, dialect: Dialect) -> (Vec<String>, Option<String>) {
    let words = text.split_whitespace().take_while(|word| !word.starts_with('#'));
    let (found, strange): (Vec<&str>, Vec<&str>) = words.partition(|word| is_owner(word, dialect));
    (found.into_iter().map(str::to_owned).collect(), strange.first().map(|word| (*word).to_owned()))
}

fn is_owner(word: &str, dialect: Dialect) -> bool {
    match word.strip_prefix('@') {
        Some(role) if role.starts_with('@') => dialect == Dialect::GitLab && role.len() > 1,
        Some(name) => !name.is_empty(),
        None => word.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.')),
    }
}
