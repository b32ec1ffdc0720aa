//! Writes the struct of a type from a kept schema: no server is asked while the program is built.
//!
//! `schema.json` is recorded once, and again when the workspace has new fields:
//! `rally schema Defect --rust --fetch FormattedID,Name,State,PlanEstimate --record schema.json`. Keep it in the repository; it
//! holds no credentials, and aliases in place of names of people and projects. Where a program is built, `rally` is installed.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

const FIELDS: &str = "FormattedID,Name,State,PlanEstimate";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=schema.json");
    let mut rally = Command::new("rally");
    rally.args(["schema", "Defect", "--rust", "--fetch", FIELDS, "--replay", "schema.json"]);
    let printed = rally.output().expect("`rally` is not installed: cargo install rally-wsapi --features cli");
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    let folder = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&folder).join("defect.rs"), printed.stdout).expect("the folder of cargo can be written");
}
