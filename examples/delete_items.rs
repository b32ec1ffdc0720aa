//! Deletes the newest 200 objects of a type that meet a filter.
//!
//! `cargo run --example delete_items -- Task 'State = Completed'` deletes in the embedded sandbox. On the Rally of your
//! settings it lists what it would delete, and deletes with `--live`.

mod common;

use rally_wsapi::Result;

fn main() -> Result<()> {
    let rally = common::rally()?;
    let items = rally
        .query(rally.arg(0, "Story"))
        .filter(rally.arg(1, "Name contains Borrow"))
        .fetch("FormattedID,Name,CreationDate")
        .order("CreationDate DESC")
        .limit(200);
    if !rally.may_write() {
        for item in &items {
            println!("would delete {}", item?);
        }
        return Ok(());
    }
    let deleted = items.delete_matching()?;
    for (item, result) in &deleted {
        match result {
            Ok(()) => println!("deleted {item}"),
            Err(error) if error.may_have_acted() => println!("perhaps deleted {item}: {error}"),
            Err(error) => println!("kept {item}: {error}"),
        }
    }
    let done = deleted.iter().filter(|(_, result)| result.is_ok()).count();
    println!("{done} of {} deleted by {} requests", deleted.len(), rally.stats().requests);
    Ok(())
}
