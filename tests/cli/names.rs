//! Objects by their names in fields and filters: what is found, and the messages for ambiguous names.

use crate::run::Desk;
use serde_json::{Value, json};

/// The body of the only write since the last call.
fn sent(desk: &Desk) -> Value {
    let writes: Vec<Value> =
        desk.requests().iter().filter(|r| r.method == "POST").filter_map(|r| r.json()).collect();
    assert_eq!(writes.len(), 1, "{writes:?}");
    writes[0].clone()
}

#[test]
fn of_timeboxes_of_one_name_that_of_the_items_project_is_meant() {
    let desk = Desk::new();
    // DE3 is in Bank // Mobile, which has its own Sprint 2; DE1 in Web uses that of Shop, above it.
    for (id, iteration) in [("DE3", "/iteration/303"), ("DE1", "/iteration/302")] {
        desk.rally(&["update", id, "Iteration=Sprint 2"]).good();
        assert_eq!(sent(&desk), json!({"defect": {"Iteration": iteration}}), "{id}");
    }
    let run = desk.rally(&["create", "Defect", "Name=x", "Project=Bank // Mobile", "Iteration=sprint 2"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(sent(&desk)["defect"]["Iteration"], "/iteration/303");
    // Without a project, the message lists the candidates and how to choose.
    let run = desk.rally(&["create", "Defect", "Name=x", "Iteration=Sprint 2"]);
    for said in
        ["/iteration/302) of Shop, 2026-04-15 to 2026-04-29", "/iteration/303) of Mobile", "--project"]
    {
        assert!(run.bad(2).contains(said), "{}", run.err);
    }
}

#[test]
fn a_portfolio_item_above_a_story_is_set_by_its_id_and_the_field_is_named() {
    let desk = Desk::new();
    desk.rally(&["update", "US1", "PortfolioItem=F1"]).good();
    assert_eq!(
        sent(&desk),
        json!({"hierarchicalrequirement": {"PortfolioItem": "/portfolioitem/feature/501"}})
    );
    for field in ["Feature=F1", "Parent=F1"] {
        let run = desk.rally(&["update", "US1", field]);
        assert_ne!(run.code, 0, "{field}");
        assert!(run.err.contains("write `PortfolioItem`"), "{}", run.err);
    }
}

#[test]
fn choices_and_tags_go_by_their_names_alone_and_in_lists() {
    let desk = Desk::new();
    desk.rally(&["update", "DE1", "Tags:=[\"quick win\",\"security\"]", "Flavours & Toppings:=[\"Salt\"]"])
        .good();
    let body = &sent(&desk)["defect"];
    assert_eq!(body["Tags"], json!([{"_ref": "/tag/402"}, {"_ref": "/tag/401"}]));
    assert_eq!(body["c_FlavoursToppings"].as_array().map(Vec::len), Some(1));
    let run = desk.rally(&["update", "DE1", "Tags=nope"]);
    assert!(
        run.bad(3).ends_with("`rally create Tag Name=..` makes a tag, and so does `rally add .. --create`\n"),
        "{}",
        run.err
    );
    let run = desk.rally(&["update", "DE1", "Flavours & Toppings=Slat"]);
    assert!(run.bad(2).contains("the choices are Salt, Lemon | Lime"), "{}", run.err);
}

#[test]
fn an_object_compared_with_a_text_is_told_by_which_attribute_to_compare_it() {
    let desk = Desk::new();
    for (filter, said) in [
        ("Iteration = 'Sprint 1'", "write `Iteration.Name = \"Sprint 1\"`"),
        ("Owner = Ann", "write `Owner.DisplayName = \"Ann\"` or `Owner.UserName = \"Ann\"`"),
        ("Owner = ann@sandbox.example", "write `Owner.EmailAddress = \"ann@sandbox.example\"`"),
    ] {
        assert!(desk.rally(&["query", "Defect", filter]).bad(2).contains(said), "{filter}");
    }
    let run = desk.rally(&["query", "TestCaseResult", "Tester contains Ann"]);
    assert!(run.bad(2).contains("`Tester.DisplayName contains \"Ann\"`"), "{}", run.err);
    assert!(
        desk.requests()
            .iter()
            .all(|r| !r.path.starts_with("/defect") && !r.path.starts_with("/testcaseresult"))
    );
}
