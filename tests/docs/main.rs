//! The documents, the public items and the layers, held to what the code is.

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
