//! Checks of the documents, the public items and the layers against the code.

mod capabilities;
mod cassettes;
mod documented;
mod examples;
mod features;
mod layers;
mod messages;
mod public_api;
mod readme;
mod rustdoc;
mod side_by_side;
