//! Deletes one source repository by its name; none or several of that name are left alone.
//!
//! `cargo run --example delete_repo -- shop.git` writes to the embedded sandbox; on the Rally of your settings it shows what it would send, and sends it with `--live`.

mod common;

use rally_wsapi::{Mutation, Result};

fn main() -> Result<()> {
    let rally = common::rally()?;
    let repository =
        rally.query("SCMRepository").filter(("Name", rally.arg(0, "shop.git"))).fetch("Name").one()?;
    let name = repository.to_string();
    if rally.may_write() {
        repository.delete()?;
        println!("{name} is deleted");
    } else {
        println!("would send {}", rally.preview(Mutation::delete("SCMRepository", &repository))?);
    }
    Ok(())
}
