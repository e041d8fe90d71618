//! CODEOWNERS as the two hosts document it.

use faultline_fleet::{Dialect, OwnersFile, choose};

fn names(file: &OwnersFile, path: &str) -> Vec<String> {
    file.owners_of(path).into_iter().map(|o| format!("{} {}", o.owner, o.source)).collect()
}

const GITHUB: &str = "\
# the whole repository
*       @global1 @global2
*.js    @js # a comment
/build/logs/ @doctocat
docs/*  docs@example.com
apps/   @octocat
/scripts/ @doctocat @octocat
**/logs @logs
/apps/github
!/never @x
/bad    nobody
";

#[test]
fn the_last_match_decides_on_github() {
    let file = OwnersFile::parse("CODEOWNERS", GITHUB, Dialect::GitHub);
    let one = |path| names(&file, path).join(" ");
    assert_eq!(one("README"), "@global1 CODEOWNERS:2 @global2 CODEOWNERS:2");
    assert_eq!(one("lib/a.js"), "@js CODEOWNERS:3");
    assert_eq!(one("build/logs/x/y.txt"), "@logs CODEOWNERS:8");
    assert_eq!(one("docs/start.md"), "docs@example.com CODEOWNERS:5");
    assert_eq!(one("docs/build-app/troubles.md"), "@global1 CODEOWNERS:2 @global2 CODEOWNERS:2");
    assert_eq!(one("deep/apps/x.rs"), "@octocat CODEOWNERS:6");
    assert_eq!(one("apps/github/x.rs"), "");
    assert_eq!(one("bad"), "@global1 CODEOWNERS:2 @global2 CODEOWNERS:2");
    assert_eq!(file.faults.iter().map(|f| f.line).collect::<Vec<_>>(), [10, 11]);
}

const GITLAB: &str = "\
* @default
/docs @only-a-file
[Documentation] @docs-team
docs/
README.md @readme
^[Database][2] @db
model/db/
!model/db/generated/
model/db/generated/keep.sql @late
[DOCUMENTATION]
/docs/api\\ v1/ @api
";

#[test]
fn each_section_decides_on_gitlab() {
    let file = OwnersFile::parse("CODEOWNERS", GITLAB, Dialect::GitLab);
    let one = |path| names(&file, path).join(" ");
    assert_eq!(one("docs/a/b.md"), "@default CODEOWNERS:1 @docs-team CODEOWNERS:4");
    assert_eq!(one("docs/api v1/x.md"), "@default CODEOWNERS:1 @api CODEOWNERS:11");
    assert_eq!(one("x/README.md"), "@default CODEOWNERS:1 @readme CODEOWNERS:5");
    assert_eq!(one("model/db/a.sql"), "@default CODEOWNERS:1 @db CODEOWNERS:7");
    assert_eq!(one("model/db/generated/keep.sql"), "@default CODEOWNERS:1");
    let database = file.owners_of("model/db/a.sql").remove(1);
    assert_eq!((database.section.as_deref(), database.optional), (Some("Database"), true));
}

#[test]
fn the_file_that_the_host_reads_counts() {
    let pick = |files: &[(&str, &str)]| {
        let text = |path: &str| files.iter().find(|(p, _)| *p == path).map(|(_, t)| (*t).to_owned());
        let found = choose(&|path| text(path).is_some(), &text);
        found.iter().map(|f| format!("{} {}", f.path, f.dialect.as_str())).collect::<Vec<_>>()
    };
    assert_eq!(pick(&[]), Vec::<String>::new());
    let both = [("CODEOWNERS", "* @a"), (".github/CODEOWNERS", "* @b")];
    assert_eq!(pick(&both), [".github/CODEOWNERS github", "CODEOWNERS github"]);
    assert_eq!(pick(&[("CODEOWNERS", "[Docs] @a\n*")]), ["CODEOWNERS gitlab"]);
    assert_eq!(pick(&[("docs/CODEOWNERS", "* @a"), (".gitlab-ci.yml", "")]), ["docs/CODEOWNERS gitlab"]);
}
