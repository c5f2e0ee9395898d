//! `docs/workers.md`: each command does, as written, what the page says.

use std::{
    os::unix::fs::symlink,
    process::{Command, Stdio},
};

use serde_json::json;

use super::Company;

/// The blocks of this kind.
fn blocks(page: &str, kind: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut open: Option<String> = None;
    for line in page.lines() {
        match &mut open {
            None if line == format!("```{kind}") => open = Some(String::new()),
            Some(_) if line == "```" => blocks.extend(open.take()),
            Some(block) => {
                block.push_str(line);
                block.push('\n');
            }
            None => {}
        }
    }
    blocks
}

/// Types a line into a shell that finds the program by its name.
async fn type_in(company: &Company, line: &str) -> (i32, String) {
    let program = company.site.file("flexbridge");
    if !program.exists() {
        symlink(env!("CARGO_BIN_EXE_flexbridge"), &program).unwrap();
    }
    let mut command = Command::new("sh");
    command
        .args(["-c", line])
        .current_dir(company.site.folder.path())
        .env(
            "PATH",
            format!("{}:/usr/bin:/bin", company.site.folder.path().display()),
        )
        .env("FLEXBRIDGE_CONFIG", company.site.config())
        .stdin(Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output());
    let output = output.await.unwrap().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(said).unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn each_command_of_the_page_does_what_it_says() {
    let page = include_str!("../../../docs/workers.md");
    let company = Company::new().await;
    company.hire(
        "ann",
        json!({ "email": "ann@example.com", "department": "SG-01" }),
    );
    company.hire("bob_40example_2Ecom", json!({ "flex_location": "Nowhere" }));
    let third = company.hire("cid", json!({}));
    let tables = blocks(page, "csv");
    assert_eq!(tables.len(), 1);
    let table = tables[0].replace("WK00000000000000000000000000000001", &third);
    company.file("agents.csv", &table);
    company.file(
        "directory.csv",
        "worker,department\nann@example.com,SG-01\n",
    );

    let lines: Vec<String> = blocks(page, "sh")
        .iter()
        .flat_map(|block| block.lines())
        .map(str::to_owned)
        .collect();
    assert_eq!(lines.len(), 9, "{lines:?}");
    for line in lines {
        let (code, said) = type_in(&company, &line).await;
        let asks = line.contains(" set ") && !line.contains("--dry-run");
        let expected = match () {
            () if line.contains(" audit") => 1,
            () if asks => 2,
            () => 0,
        };
        assert_eq!(code, expected, "{line}: {said}");
        if asks {
            assert!(
                said.contains("nobody is there to be asked"),
                "{line}: {said}"
            );
            let (code, said) = type_in(&company, &format!("{line} --yes")).await;
            assert_eq!(code, 0, "{line}: {said}");
        }
    }
    assert_eq!(company.location("ann").0, "Singapore Office");
    assert_eq!(company.location("bob_40example_2Ecom").0, "");
    assert_eq!(company.location("cid").0, "San Francisco Office");
}
