//! Suffixes that belong to many owners, of which a wildcard may not be.

/// Names of Azure and of Microsoft's other services below which every customer can get one, under the top-level domains of all their
/// clouds: most have twins for governments and countries, and the clouds of national partners have `sovcloud-` in their names.
const MICROSOFTS: &str = "appserviceenvironment|azconfig|azk8s|azmk8s|azure|azure-api|azure-apihub|azure-apim|azure-automation|azure-devices|azure-mobile|azurecontainer|azurecontainerapps|azurecr|azuredatabricks|azureedge|azurefd|azurehdinsight|azurehealthcareapis|azuremicroservices|azureml|azurestaticapps|azuresynapse|azurewebsites|botframework|chinacloudapi|chinacloudapp|chinacloudsites|cloudapp|databricksapps|devtunnels|dynamics|k4apps|microsoftazure|microsoftcrmportals|msappproxy|msecnd|powerappsportals|powerplatform|sharepoint|signalr|trafficmanager|usgovcloudapi|usgovcloudapp|usgovtrafficmanager|visualstudio";
const CLOUDS: &str = "com|net";
const OF_PARTNERS: &str = "sovcloud-";

/// Others' suffixes below which every customer can get a name, at any depth: a wildcard there would send tokens to strangers.
const SHARED: [&str; 103] = [
    "aliyuncs.com",
    "amazonaws.com",
    "amazonaws.com.cn",
    "amplifyapp.com",
    "app.github.dev",
    "appdomain.cloud",
    "appspot.com",
    "awsapprunner.com",
    "b-cdn.net",
    "blogspot.com",
    "bolt.host",
    "cfargotunnel.com",
    "cleverapps.io",
    "cloudflarestorage.com",
    "cloudfront.net",
    "cloudfunctions.net",
    "cloudworkstations.dev",
    "code.run",
    "convex.site",
    "csb.app",
    "ddns.net",
    "de.com",
    "deno.dev",
    "digitaloceanspaces.com",
    "duckdns.org",
    "dyndns.org",
    "eaglex.ic.gov",
    "edgecompute.app",
    "edgeone.app",
    "elasticbeanstalk.com",
    "eu.com",
    "eu.org",
    "fcapp.run",
    "firebaseapp.com",
    "fly.dev",
    "framer.app",
    "gitpod.io",
    "glitch.me",
    "googleusercontent.com",
    "gradio.live",
    "herokuapp.com",
    "hf.space",
    "hopto.org",
    "hosted.app",
    "kinsta.app",
    "koyeb.app",
    "lhr.life",
    "linodeobjects.com",
    "loca.lt",
    "localhost.run",
    "lovable.app",
    "microsoft.scloud",
    "modal.run",
    "myshopify.com",
    "netlify.app",
    "ngrok-free.app",
    "ngrok-free.dev",
    "ngrok.app",
    "ngrok.dev",
    "ngrok.io",
    "nip.io",
    "no-ip.org",
    "northflank.app",
    "now.sh",
    "on.aws",
    "ondigitalocean.app",
    "onrender.com",
    "openshiftapps.com",
    "oraclecloud.com",
    "pantheonsite.io",
    "pinggy.link",
    "platformsh.site",
    "pythonanywhere.com",
    "r2.dev",
    "railway.app",
    "repl.co",
    "replit.app",
    "replit.dev",
    "run.app",
    "runpod.net",
    "scalingo.io",
    "scw.cloud",
    "serveo.net",
    "snowflakecomputing.app",
    "sslip.io",
    "streamlit.app",
    "supabase.co",
    "surge.sh",
    "traefik.me",
    "trycloudflare.com",
    "ts.net",
    "uk.com",
    "us.com",
    "val.run",
    "vercel.app",
    "web.app",
    "webflow.io",
    "windows.net",
    "wixsite.com",
    "wordpress.com",
    "zeabur.app",
    "zrok.io",
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
    if name.split_once('.').is_some_and(|(level, top)| is_country(top) && SECOND_LEVEL.split('|').any(|it| it == level))
    {
        return true;
    }
    if name.strip_suffix(".us").is_some_and(is_of_a_state) {
        return true;
    }
    if is_of_microsoft(name) {
        return true;
    }
    let labels = |name: &str| name.split('.').count();
    let is_below = |name: &str, other: &str| name.strip_suffix(other).is_some_and(|rest| rest.ends_with('.'));
    SHARED.iter().map(|name| (*name, usize::MAX)).chain(OWNED_BELOW).any(|(shared, depth)| {
        shared == name || is_below(shared, name) || (is_below(name, shared) && labels(name) - labels(shared) < depth)
    })
}

/// Whether `name` is one of Microsoft's, or below it, and not of a service that gives its customers names of their own.
fn is_of_microsoft(name: &str) -> bool {
    let mut labels = name.rsplit('.');
    let (Some(top), Some(label)) = (labels.next(), labels.next()) else { return false };
    let is_domain = |owned: &str| owned.strip_prefix(label).is_some_and(|rest| rest.strip_prefix('.') == Some(top));
    let is_in = |list: &str, wanted: &str| list.split('|').any(|it| it == wanted);
    let is_cloud = is_in(MICROSOFTS, label) && (is_in(CLOUDS, top) || is_country(top));
    let is_partners = label.starts_with(OF_PARTNERS) && is_country(top);
    (is_cloud || is_partners) && !OWNED_BELOW.iter().any(|(owned, _)| is_domain(owned))
}

/// Whether it has the form of the label of a country, or of a state.
fn is_country(top: &str) -> bool {
    top.len() == 2 && top.bytes().all(|letter| letter.is_ascii_lowercase())
}

/// Whether `name` is a state, or one label below it: the schools, libraries and towns of `k12.ca.us`.
fn is_of_a_state(name: &str) -> bool {
    let (label, state) = name.rsplit_once('.').unwrap_or(("", name));
    is_country(state) && !label.contains('.')
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
    fn names_of_microsoft_are_shared_in_every_cloud() {
        for name in MICROSOFTS.split('|').filter(|name| *name != "azurecontainerapps").chain(["instances.azureml"]) {
            for top in CLOUDS.split('|').chain(["cn", "de", "fr", "sg", "us"]) {
                assert!(is_shared(&format!("{name}.{top}")), "{name}.{top}");
                assert!(is_shared(&format!("westeurope.{name}.{top}")), "westeurope.{name}.{top}");
            }
        }
        for name in ["sovcloud-api.fr", "core.sovcloud-api.de", "sovcloud-azure.sg", "blob.core.sovcloud-api.fr"] {
            assert!(is_shared(name), "{name}");
        }
        for name in ["westeurope.azurecontainerapps.io", "azurewebsites.eaglex.ic.gov", "azure.microsoft.scloud"] {
            assert!(is_shared(name), "{name}");
        }
        for name in [
            "name.westeurope.azurecontainerapps.io",
            "sharepoint.contoso.com",
            "gw.azurehotels.com",
            "azure-consulting.de",
            "openai.azure.internal",
            "signalr.dev",
            "sovcloud.fr",
            "sovcloud-api.contoso.fr",
        ] {
            assert!(!is_shared(name), "{name}");
        }
    }

    #[test]
    fn the_tables_are_those_of_the_javascript() {
        let shared = include_str!("../../../lib/shared-suffixes.js");
        assert_eq!(texts(shared, "const SHARED = [", "]"), SHARED);
        let owned = OWNED_BELOW.map(|(name, depth)| format!("  '{name}': {depth},\n")).concat();
        assert!(shared.contains(&format!("const OWNED_BELOW = {{\n{owned}}}")));
        let clouds = format!("(?:{MICROSOFTS})\\.(?:{CLOUDS}|[a-z]{{2}})");
        assert!(shared.contains(&format!("/^(?:{clouds}|{OF_PARTNERS}[a-z\\d-]*\\.[a-z]{{2}})$/")));
        assert!(shared.contains(&format!("/^(?:{SECOND_LEVEL})\\.[a-z]{{2}}$/")));
    }
}
