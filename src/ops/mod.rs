//! What an entity or a handle can do beyond reading: one file a capability.
