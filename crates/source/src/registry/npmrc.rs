//! npm's settings: the user's `.npmrc`, and the same keys in the environment.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::config::ClientEnvironment;
use super::credentials::Credentials;

/// The settings of one source, keys as npm writes them.
pub(super) type Settings = BTreeMap<String, String>;

/// Reads an `.npmrc`. Values may name environment variables as `${NAME}`; a value with an unset one is left out.
pub(super) fn parse(text: &str, environment: &ClientEnvironment) -> Settings {
    let mut settings = Settings::new();
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with([';', '#', '[']) {
            continue;
        }
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        let value = value.trim().trim_matches('"').trim_matches('\'');
        if let (Some(key), Some(value)) = (expand(key.trim(), environment), expand(value, environment)) {
            settings.insert(key, value);
        }
    }
    settings
}

/// Replaces `${NAME}`, `${NAME?}` by the variable's value.
fn expand(text: &str, environment: &ClientEnvironment) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start..].find('}') else {
            break;
        };
        out.push_str(&rest[..start]);
        let name = &rest[start + 2..start + length];
        match (name.strip_suffix('?'), environment.vars.get(name.trim_end_matches('?'))) {
            (_, Some(value)) => out.push_str(value),
            (Some(_), None) => {}
            (None, None) => return None,
        }
        rest = &rest[start + length + 1..];
    }
    out.push_str(rest);
    Some(out)
}

/// The settings that `npm_config_…` variables make.
pub(super) fn from_variables(environment: &ClientEnvironment) -> Settings {
    let mut settings = Settings::new();
    for (name, value) in environment.vars.iter().filter(|(_, v)| !v.is_empty()) {
        let prefix = name.get(..11).filter(|p| p.eq_ignore_ascii_case("npm_config_"));
        if prefix.is_some() {
            let key = &name[11..];
            let key = if key.starts_with(['@', '/']) { key.to_owned() } else { key.to_ascii_lowercase() };
            settings.insert(key, value.clone());
        }
    }
    settings
}

/// Registry addresses by scope, e.g. `@acme`.
pub(super) fn scopes(settings: &Settings) -> impl Iterator<Item = (String, String)> {
    settings
        .iter()
        .filter_map(|(k, v)| Some((k.strip_suffix(":registry")?, v)))
        .filter(|(k, _)| k.starts_with('@'))
        .map(|(k, v)| (k.to_owned(), v.clone()))
}

/// Adds the credentials, which npm keeps under `//host/path/:name`.
pub(super) fn add_credentials(settings: &Settings, credentials: &mut Credentials) {
    for (key, value) in settings.iter().filter(|(k, v)| k.starts_with("//") && !v.is_empty()) {
        let Some((prefix, name)) = key.rsplit_once(':') else {
            continue;
        };
        match name {
            "_authToken" => credentials.add(prefix, format!("Bearer {value}")),
            "_auth" => credentials.add(prefix, format!("Basic {value}")),
            "_password" => {
                let user = settings.get(&format!("{prefix}:username")).map_or("", String::as_str);
                let decoded = STANDARD.decode(value).ok().and_then(|b| String::from_utf8(b).ok());
                credentials.add(prefix, super::credentials::basic(user, &decoded.unwrap_or_default()));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_name_variables() {
        let mut environment = ClientEnvironment::default();
        environment.vars.insert("TOKEN".into(), "secret".into());
        let text = "; comment\nregistry = \"https://registry.example/\"\n\
                    //registry.example/:_authToken=${TOKEN}\n//b.example/:_authToken=${UNSET}\n@acme:registry=https://acme.example/\n";
        let settings = parse(text, &environment);
        assert_eq!(settings["registry"], "https://registry.example/");
        assert_eq!(settings["//registry.example/:_authToken"], "secret");
        assert!(!settings.contains_key("//b.example/:_authToken"));
        assert_eq!(scopes(&settings).next().unwrap().0, "@acme");
    }
}
