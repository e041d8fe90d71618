//! Every folder under `fixtures/pypi` is a small repository; what is read from it stands beside it, reviewed.
//! Run with `UPDATE_EXPECT=1` to write the expectations anew.

mod pypi_support;

use expect_test::expect_file;
use pypi_support::{Repository, render};

fn check(case: &str) {
    let repository = Repository::load(case);
    let text = render(&repository.read());
    expect_file![format!("{}/tests/fixtures/pypi/{case}.expected", env!("CARGO_MANIFEST_DIR"))].assert_eq(&text);
}

macro_rules! cases {
    ($($name:ident $folder:literal,)*) => {$(
        #[test]
        fn $name() {
            check($folder);
        }
    )*};
}

cases! {
    uv_workspace_members_are_projects "uv-workspace",
    uv_workspace_without_a_root_project "uv-virtual-workspace",
    poetry_2_with_groups_extras_and_sources "poetry-2",
    poetry_1_without_manifest "poetry-1-alone",
    pdm_entries_with_extras "pdm",
    pipenv_categories "pipenv",
    pylock_markers_of_groups "pylock",
    requirement_files_of_all_kinds "requirements",
    pip_compile_comments_are_edges "pip-compile",
    setuptools_cfg_and_literal_setup_py "setuptools",
    pyproject_without_lockfile "groups",
    requirements_that_differ_from_the_lockfile "drift",
    installed_packages "installed",
    conda_pip_list "conda",
    truncated_uv_lock_keeps_what_is_whole "broken-uv",
    merge_conflict_falls_back_to_the_manifest "broken-poetry",
    truncated_pipfile_lock "broken-pipenv",
    requirement_files_in_other_encodings "broken-requirements",
}
