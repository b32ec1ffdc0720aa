//! Lists the users, disabled ones too, with their default workspaces and projects; or one user, by any name.
//!
//! `cargo run --example admin_users -- "Ann Keeper"`

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Entity, Rally, Result};

fn main() -> Result<()> {
    // Sample data in this process; with `--live` your own Rally, by the `RALLY_*` variables.
    let sandbox = Sandbox::start()?;
    let live = std::env::args().any(|arg| arg == "--live");
    let rally = if live { Rally::from_env()? } else { sandbox.rally()?.in_all_projects() };
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let users = match args.next() {
        Some(name) => vec![rally.find_user(name.as_str())?],
        None => rally.users()?,
    };

    println!("{:<24} {:<24} {:<9} {:<14} project", "user name", "name", "state", "workspace");
    for user in &users {
        let state = if user["Disabled"] == true { "disabled" } else { "active" };
        let (workspace, project) = (default(user, "DefaultWorkspace"), default(user, "DefaultProject"));
        println!("{:<24} {user:<24} {state:<9} {workspace:<14} {project}", user.get("UserName")?);
    }
    Ok(())
}

/// From the user's profile, which only administrators may read.
fn default(user: &Entity, name: &str) -> String {
    match user.get(&format!("UserProfile.{name}.Name")) {
        Ok(value) if value.is_null() => "-".to_owned(),
        Ok(value) => value.to_string(),
        Err(_) => "?".to_owned(),
    }
}
