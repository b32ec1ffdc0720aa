//! Deletes one source repository by its name, and the newest 200 objects of a type that match a filter.
//!
//! `cargo run --example write_delete -- shop.git Task 'State = Completed' --dry-run` lists them and deletes nothing.
//! Deletes in a sandbox; with `--live` in your Rally.

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Mutation, Rally, Result};

fn main() -> Result<()> {
    // Sample data in this process; with `--live` your own Rally, by the `RALLY_*` variables.
    let sandbox = Sandbox::start()?;
    let live = std::env::args().any(|arg| arg == "--live");
    let rally = if live { Rally::from_env()? } else { sandbox.rally()?.in_all_projects() };
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let repository = args.next().unwrap_or_else(|| "shop.git".to_owned());
    let type_name = args.next().unwrap_or_else(|| "Story".to_owned());
    let filter = args.next().unwrap_or_else(|| "Name contains Borrow".to_owned());

    // `one` is an error if there is none or more than one of that name.
    let repository = rally.query("SCMRepository").filter(("Name", repository)).fetch("Name").one()?;
    let items = rally
        .query(&type_name)
        .filter(filter)
        .fetch("FormattedID,Name,CreationDate")
        .order("CreationDate DESC")
        .limit(200);

    if std::env::args().any(|arg| arg == "--dry-run") {
        println!("would send {}", rally.preview(Mutation::delete("SCMRepository", &repository))?);
        for item in &items {
            println!("would delete {}", item?);
        }
        return Ok(());
    }
    repository.delete()?;
    println!("deleted {repository}");
    let deleted = items.delete_matching()?;
    for item in &deleted {
        let (result, item) = (&item.result, &item.object);
        match result {
            Ok(()) => println!("deleted {item}"),
            Err(error) if error.may_have_acted() => println!("perhaps deleted {item}: {error}"),
            Err(error) => println!("kept {item}: {error}"),
        }
    }
    let done = deleted.iter().filter(|item| item.result.is_ok()).count();
    println!("{done} of {} deleted; {} requests in all", deleted.len(), rally.stats().requests);
    Ok(())
}
