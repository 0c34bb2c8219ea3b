//! The addon itself: the core with its binding, as a library that Node loads. It is a crate of its own because cargo
//! optimises over crates (`lto`) only where a crate gives nothing but such a library; the core also gives a Rust one.

use azure_openai_entra as _;
