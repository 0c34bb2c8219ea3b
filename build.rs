//! Has the types of the binding written anew where napi's command-line tool asks for them.

fn main() {
    for variable in ["NAPI_TYPE_DEF_TMP_FOLDER", "NAPI_FORCE_BUILD_AZURE_OPENAI_ENTRA"] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
}
