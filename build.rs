//! Tells the linker what an addon needs; nothing where the binding is left out.

fn main() {
    #[cfg(feature = "node")]
    napi_build::setup();
}
