//! Lists the users of the workspace, disabled ones too, with where they start.
//!
//! `cargo run --example users`

mod common;

use rally_wsapi::Result;

fn main() -> Result<()> {
    let rally = common::rally()?;
    for user in rally.users()? {
        println!(
            "{:<14.14}  {:<24.24}  {:<9}  {:<10.10}  {}",
            user.get("DisplayName")?,
            user.get("EmailAddress")?,
            if user.get("Disabled")? == true { "disabled" } else { "" },
            user.get("UserProfile.DefaultWorkspace.Name")?,
            user.get("UserProfile.DefaultProject.Name")?,
        );
    }
    Ok(())
}
