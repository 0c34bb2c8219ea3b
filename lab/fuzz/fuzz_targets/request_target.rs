#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| azure_openai_entra_proxy::fuzzing::target(input));
