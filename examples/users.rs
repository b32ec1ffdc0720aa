//! Lists the users, disabled ones too, with where they work; or one user, by user name, display name or ObjectID.
//!
//! `cargo run --example users -- "Ann Keeper"`

mod common;

use rally_wsapi::{Entity, Result};

fn main() -> Result<()> {
    let rally = common::rally()?;
    let users = match rally.arg(0, "") {
        "" => rally.users()?,
        who => vec![rally.user_info(who)?],
    };
    println!("{:<24} {:<24} {:<9} {:<14} project", "user name", "name", "state", "workspace");
    for user in &users {
        let state = if user["Disabled"].as_bool() == Some(true) { "disabled" } else { "active" };
        let place = |name: &str| own(user, name);
        let (workspace, project) = (place("DefaultWorkspace"), place("DefaultProject"));
        println!("{:<24} {user:<24} {state:<9} {workspace:<14} {project}", user.get("UserName")?);
    }
    Ok(())
}

/// From the profile, which only some may see.
fn own(user: &Entity, name: &str) -> String {
    match user.get(&format!("UserProfile.{name}.Name")) {
        Ok(place) if place.is_null() => "-".to_owned(),
        Ok(place) => place.to_string(),
        Err(_) => "?".to_owned(),
    }
}
