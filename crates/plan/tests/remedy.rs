//! What must change, on a small fleet of our own: an exact-pin chain, a range, a third party in the way.

use std::path::Path;
use std::sync::Arc;

use faultline_inventory::{Tree, read};
use faultline_package::{Ecosystem, PackageNode, Project, Purl};
use faultline_plan::remedy::{Action, Admits, Aim, Changes, Member, admits, changes, line_of, next_version};
use faultline_plan::schedule::Time;
use faultline_plan::steps::{Plan, Settings, State, make};

const NAMES: [&str; 5] = ["leaf", "middle", "wide", "shop", "api"];

fn projects() -> Vec<Project> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fleet");
    let read_one = |name: &&str| {
        let at = folder.join(name);
        let files = ["package-lock.json", "package.json"];
        let paths: Vec<String> = files.iter().filter(|f| at.join(f).is_file()).map(|f| (*f).to_owned()).collect();
        let bytes = |path: &str| std::fs::read(at.join(path)).map(Arc::from).map_err(|e| e.to_string());
        read(&Tree { paths: &paths, read: &bytes }).projects.remove(0)
    };
    NAMES.iter().map(read_one).collect()
}

fn members(projects: &[Project]) -> Vec<Member<'_>> {
    NAMES
        .iter()
        .zip(projects)
        .map(|(name, project)| {
            let service = matches!(*name, "shop" | "api");
            Member { repository: name, project, published: !service, service, weight: 1 }
        })
        .collect()
}

fn with<T>(fixed: &[&str], ask: impl FnOnce(&[Member], Changes) -> T) -> T {
    let projects = projects();
    let members = members(&projects);
    let package = Purl::new(Ecosystem::Npm, "fresh-ish", None);
    let affects =
        |node: &PackageNode| node.purl.without_version() == package && node.purl.version().is_none_or(|v| v == "0.5.0");
    let fixed = vec![(package.clone(), fixed.iter().map(|v| (*v).to_owned()).collect())];
    let changed = changes(&members, &Aim { affects: &affects, fixed });
    ask(&members, changed)
}

fn planned(settings: &str, state: &State) -> Plan {
    with(&["0.5.2"], |members, changed| {
        let settings = Settings::parse(settings).expect("settings");
        make(members, changed, settings, state, &|| Box::new(|| false)).expect("a plan")
    })
}

#[test]
fn exact_pins_make_a_chain_of_releases_and_ranges_none() {
    with(&["0.5.2"], |members, changed| {
        let released: Vec<(String, &str)> =
            changed.releases.iter().map(|r| (members[r.member].name(), r.to.as_str())).collect();
        assert_eq!(released, [("leaf".to_owned(), "1.4.1"), ("middle".to_owned(), "0.2.4")]);
        let chain = &changed.releases[1].need;
        assert_eq!(chain.edits[0].requirement, "1.4.0");
        assert_eq!(chain.edits[0].place.as_ref().map(|p| (p.file.as_str(), p.line)), Some(("package.json", 5)));
    });
}

#[test]
fn a_service_waits_for_every_release_it_needs_and_a_third_party_blocks() {
    with(&["0.5.2"], |members, changed| {
        let of = |name: &str| changed.consumers.iter().find(|c| members[c.member].name() == name).expect(name);
        let shop = of("shop");
        assert_eq!(shop.need.action(), Action::Cascade);
        assert_eq!(shop.need.waits.iter().map(|w| w.release).collect::<Vec<_>>(), [0, 1]);
        let api = of("api");
        assert_eq!(api.need.action(), Action::Blocked);
        assert_eq!(api.need.blockers[0].package, "pkg:npm/vendor-kit@3.1.0");
        assert_eq!(api.overrule, Some("`overrides` in package.json"));
    });
}

#[test]
fn without_a_fixed_version_nothing_is_released() {
    with(&[], |_, changed| {
        assert!(changed.releases.is_empty());
        assert!(changed.consumers.iter().all(|c| c.need.action() == Action::Blocked));
    });
}

#[test]
fn requirements_are_read_as_their_ecosystem_does() {
    let all = [
        (Ecosystem::Npm, "6.7.0", "6.7.3", Admits::No),
        (Ecosystem::Npm, "^6.7.0", "6.7.3", Admits::Yes),
        (Ecosystem::Npm, "workspace:*", "6.7.3", Admits::Unknown),
        (Ecosystem::Cargo, "0.4.1", "0.4.9", Admits::Yes),
        (Ecosystem::Cargo, "0.4.1", "0.5.0", Admits::No),
        (Ecosystem::Go, "v1.2.0", "v1.9.0", Admits::Yes),
        (Ecosystem::PyPi, "<2", "2.1", Admits::No),
        (Ecosystem::NuGet, "1.0.0", "3.0.0", Admits::Yes),
        (Ecosystem::Npm, "", "1.0.0", Admits::Unknown),
    ];
    for (ecosystem, requirement, version, answer) in all {
        assert_eq!(admits(ecosystem, requirement, version), answer, "{ecosystem:?} {requirement} {version}");
    }
    assert_eq!((line_of("2.4.1"), line_of("0.4.1"), line_of("v1.2")), ("2".into(), "0.4".into(), "1".into()));
    assert_eq!((next_version("1.2.3"), next_version("2.0.0-rc.1")), ("1.2.4".into(), "2.0.0".into()));
}

#[test]
fn no_step_comes_before_what_it_needs_and_an_override_is_quicker() {
    let plan = planned("", &State::default());
    assert_eq!(plan.tracks.len(), 2);
    for track in &plan.tracks {
        for step in &track.steps {
            for (before, lag) in &step.waits_for {
                assert!(track.steps[*before].end + lag <= step.start, "{} {}", track.steps[*before].id, step.id);
            }
        }
        assert!(track.makespan.proved() && track.exposure.proved());
        assert_eq!(track.waves.last().map(|w| w.removed_in_all), Some(track.weight));
    }
    let of = |name: &str| plan.tracks.iter().find(|t| t.name == name).expect(name);
    assert!(of("override").exposure.upper < of("cascade").exposure.upper);
    assert_eq!(plan.tracks[0].name, "override");
    let quiet = planned("order = ['changes', 'exposure']", &State::default());
    assert_eq!(quiet.tracks[0].name, "cascade");
}

#[test]
fn started_and_finished_steps_stay_where_they_are() {
    let text = r#"{"now": 100, "steps": [
        {"id": "leaf:edit", "started": 5, "finished": 70},
        {"id": "leaf:build", "started": 72},
        {"id": "shop:edit", "planned": 110}]}"#;
    let plan = planned("", &State::parse(text).expect("state"));
    for track in &plan.tracks {
        let at = |id: &str| track.steps.iter().find(|s| s.id == id).map(|s| (s.start, s.end, s.late)).expect(id);
        assert_eq!(at("leaf:edit"), (5, 70, true));
        assert_eq!(at("leaf:build"), (72, 100, true));
        let open = track.steps.iter().filter(|s| s.id != "leaf:edit" && s.id != "leaf:build");
        assert!(open.map(|s| s.start).min() >= Some(100 as Time));
    }
}

#[test]
fn bad_settings_and_states_are_refused_with_the_line() {
    let cases = [
        ("[capacity]\nci = 0", 2, "capacity of 0"),
        ("[times]\n\nedit = '-5'", 3, "time of -5 minutes"),
        ("[times]\nedit = 'soon'", 2, "not a time"),
        ("[[freeze]]\nresource = 'ci'\nfrom = '2h'\nto = '1h'", 4, "ends before it starts"),
        ("[[freeze]]\nresource = 'people'\nfrom = 1\nto = 2", 2, "no resource `people`"),
        ("[[project]]\nname = 'a'\n[[project]]\nname = 'a'", 4, "entry in line 2 already"),
        ("order = ['exposure', 'exposure']", 1, "twice"),
        ("[times]\nspeed = 3", 2, "unknown field"),
        ("[times", 1, ""),
    ];
    for (text, line, why) in cases {
        let error = Settings::parse(text).unwrap_err();
        assert!(error.line == line && error.why.contains(why), "{text}: {error}");
    }
    let named = Settings::parse("[[project]]\nname = 'nowhere'").unwrap();
    assert_eq!(named.check_projects(|_| false).unwrap_err().line, 2);
    for text in ["{", r#"{"now": -1, "steps": []}"#, r#"{"now": 5, "steps": [{"id": "a", "finished": 3}]}"#] {
        assert!(State::parse(text).is_err(), "{text}");
    }
}
