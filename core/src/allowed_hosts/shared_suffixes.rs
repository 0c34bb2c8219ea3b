//! Suffixes that belong to many owners, of which a wildcard may not be.

/// Suffixes below which every customer can get a name, at any depth: a wildcard there would send tokens to strangers.
const SHARED: [&str; 129] = [
    "azure.com",
    "azure.us",
    "azure.cn",
    "azure.de",
    "azure.net",
    "windows.net",
    "chinacloudapi.cn",
    "chinacloudapp.cn",
    "usgovcloudapi.net",
    "azure-api.net",
    "azure-api.us",
    "azure-api.cn",
    "azure-mobile.net",
    "azurecontainer.io",
    "azurecontainer.us",
    "azurecontainer.cn",
    "azuredatabricks.net",
    "azuredatabricks.us",
    "azuredatabricks.cn",
    "azureedge.net",
    "azureedge.us",
    "azureedge.cn",
    "azurefd.net",
    "azurefd.us",
    "azurefd.cn",
    "azureml.ms",
    "azurestaticapps.net",
    "azurestaticapps.us",
    "azurestaticapps.cn",
    "azurewebsites.net",
    "azurewebsites.us",
    "azmk8s.io",
    "azk8s.cn",
    "chinacloudsites.cn",
    "cloudapp.net",
    "devtunnels.ms",
    "trafficmanager.net",
    "trafficmanager.cn",
    "usgovtrafficmanager.net",
    "amazonaws.com",
    "amazonaws.com.cn",
    "amplifyapp.com",
    "awsapprunner.com",
    "cloudfront.net",
    "elasticbeanstalk.com",
    "on.aws",
    "appspot.com",
    "cloudfunctions.net",
    "firebaseapp.com",
    "run.app",
    "web.app",
    "app.github.dev",
    "deno.dev",
    "digitaloceanspaces.com",
    "duckdns.org",
    "fly.dev",
    "glitch.me",
    "gradio.live",
    "herokuapp.com",
    "hf.space",
    "koyeb.app",
    "loca.lt",
    "netlify.app",
    "ngrok.app",
    "ngrok.dev",
    "ngrok.io",
    "ngrok-free.app",
    "ngrok-free.dev",
    "nip.io",
    "ondigitalocean.app",
    "onrender.com",
    "railway.app",
    "replit.dev",
    "serveo.net",
    "sslip.io",
    "surge.sh",
    "trycloudflare.com",
    "vercel.app",
    "aliyuncs.com",
    "appserviceenvironment.net",
    "appserviceenvironment.us",
    "appserviceenvironment.cn",
    "databricksapps.com",
    "azure-automation.net",
    "azure-devices.net",
    "azurecr.io",
    "azurehdinsight.net",
    "azurehealthcareapis.com",
    "azuremicroservices.io",
    "azuresynapse.net",
    "b-cdn.net",
    "blogspot.com",
    "bolt.host",
    "botframework.com",
    "cloudflarestorage.com",
    "ddns.net",
    "de.com",
    "dyndns.org",
    "eu.com",
    "eu.org",
    "framer.app",
    "googleusercontent.com",
    "hopto.org",
    "lhr.life",
    "localhost.run",
    "lovable.app",
    "microsoftazure.de",
    "modal.run",
    "myshopify.com",
    "no-ip.org",
    "oraclecloud.com",
    "powerappsportals.com",
    "powerplatform.com",
    "r2.dev",
    "repl.co",
    "replit.app",
    "sharepoint.com",
    "signalr.net",
    "streamlit.app",
    "supabase.co",
    "traefik.me",
    "ts.net",
    "uk.com",
    "us.com",
    "usgovcloudapp.net",
    "val.run",
    "webflow.io",
    "wordpress.com",
    "arpa",
];

/// The same, if one customer owns all that is below the name that it gets: by how many labels more that name has.
const OWNED_BELOW: [(&str, usize); 9] = [
    ("aksapp.io", 2),
    ("aroapp.io", 2),
    ("azurecontainerapps.cn", 2),
    ("azurecontainerapps.io", 2),
    ("azurecontainerapps.us", 2),
    ("github.io", 1),
    ("gitlab.io", 1),
    ("pages.dev", 1),
    ("workers.dev", 1),
];

/// What registries of countries sell names below, such as `co.uk`.
const SECOND_LEVEL: &str = "ac|art|arts|asso|biz|co|com|coop|desa|ed|edu|firm|gen|go|gob|gouv|gov|govt|gv|idv|ind|info|int|k12|ltd|me|med|mil|mobi|my|name|ne|net|nom|nt|or|org|plc|press|pro|rec|sch|school|shop|store|tm|tv|web";

/// Whether every customer can get a name below `suffix`, or below a shared suffix that is below it.
pub(super) fn is_shared(suffix: &str) -> bool {
    // The same host in DNS, and TLS proves the name without the dot.
    let name = suffix.strip_suffix('.').unwrap_or(suffix);
    let is_country = |top: &str| top.len() == 2 && top.bytes().all(|letter| letter.is_ascii_lowercase());
    if name.split_once('.').is_some_and(|(level, top)| is_country(top) && SECOND_LEVEL.split('|').any(|it| it == level))
    {
        return true;
    }
    if name.strip_suffix(".us").is_some_and(is_of_a_state) {
        return true;
    }
    let labels = |name: &str| name.split('.').count();
    let is_below = |name: &str, other: &str| name.strip_suffix(other).is_some_and(|rest| rest.ends_with('.'));
    SHARED.iter().map(|name| (*name, usize::MAX)).chain(OWNED_BELOW).any(|(shared, depth)| {
        shared == name || is_below(shared, name) || (is_below(name, shared) && labels(name) - labels(shared) < depth)
    })
}

/// Whether `name` is a state, or one label below it: the schools, libraries and towns of `k12.ca.us`.
fn is_of_a_state(name: &str) -> bool {
    let (label, state) = name.rsplit_once('.').unwrap_or(("", name));
    state.len() == 2 && state.bytes().all(|letter| letter.is_ascii_lowercase()) && !label.contains('.')
}

/// The texts in quotation marks between `start` and `end` of a JavaScript source.
#[cfg(test)]
pub(super) fn texts<'a>(source: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    let (_, from) = source.split_once(start).unwrap_or_else(|| panic!("no {start}"));
    let (table, _) = from.split_once(end).unwrap();
    table.split('\'').skip(1).step_by(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_of_countries_and_states_are_shared_and_owners_below_them_are_not() {
        for name in ["web.id", "my.id", "k12.ca.us", "ca.us", "in-addr.arpa", "azure.de", "co.uk."] {
            assert!(is_shared(name), "{name}");
        }
        for name in ["contoso.id", "contoso.us", "ai.contoso.us", "school.k12.ca.us", "bmw.de", "web.contoso.id"] {
            assert!(!is_shared(name), "{name}");
        }
    }

    #[test]
    fn the_tables_are_those_of_the_javascript() {
        let shared = include_str!("../../../lib/shared-suffixes.js");
        assert_eq!(texts(shared, "const SHARED = [", "]"), SHARED);
        let owned = OWNED_BELOW.map(|(name, depth)| format!("  '{name}': {depth},\n")).concat();
        assert!(shared.contains(&format!("const OWNED_BELOW = {{\n{owned}}}")));
        assert!(shared.contains(&format!("/^(?:{SECOND_LEVEL})\\.[a-z]{{2}}$/")));
    }
}
