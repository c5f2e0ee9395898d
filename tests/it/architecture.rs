//! The house keeps its shape: which module may use which, where foreign crates
//! live, how long a file may be, and that every folder says what it is.
//!
//! The table in `rules` is the law; `docs/decisions/10-one-crate.md` explains it, this enforces it.
//! When a test here fails, move the code, or change the table and say why.

mod paths;
mod planted;
mod rules;
mod shape;
mod source;

use source::Source;

/// Panics with every violation, one a line.
fn holds(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

#[test]
fn every_module_uses_only_what_its_row_allows() {
    holds(&rules::edges(&Source::below("src")));
}

#[test]
fn there_are_no_circles() {
    holds(&rules::circles(&Source::below("src")));
}

#[test]
fn foreign_crates_stay_at_home() {
    holds(&rules::foreign(&Source::below("src")));
}

#[test]
fn files_are_short_and_folders_say_what_they_are() {
    let mut sources = Source::below("src");
    sources.extend(Source::below("tests"));
    holds(&shape::lengths(&sources));
    holds(&shape::openings(&sources));
}

#[test]
fn the_table_itself_points_downwards() {
    holds(&rules::table());
}

#[test]
fn the_map_of_the_crate_has_the_tables_order() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs")).unwrap();
    let mut about = "";
    let mut map = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("pub mod ") {
            assert!(
                about.starts_with("// "),
                "src/lib.rs says nothing of {name}"
            );
            map.push(name.trim_end_matches(';'));
        }
        about = line;
    }
    let rows = rules::ROWS.iter().map(|(name, _)| *name);
    let rows: Vec<_> = rows.filter(|name| *name != "main").collect();
    assert_eq!(map, rows);
}
