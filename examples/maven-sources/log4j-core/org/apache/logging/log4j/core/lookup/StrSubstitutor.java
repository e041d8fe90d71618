package org.apache.logging.log4j.core.lookup;

import java.util.HashMap;
import java.util.Map;
import org.apache.logging.log4j.core.LogEvent;

public class StrSubstitutor {
    private final Map<String, StrLookup> lookups = new HashMap<>();

    public StrSubstitutor() {
        lookups.put("env", new EnvironmentLookup());
        lookups.put("jndi", new JndiLookup());
    }

    public String replace(LogEvent event, String text) {
        int start = text.indexOf("${");
        int end = text.indexOf('}', start);
        int colon = text.indexOf(':', start);
        if (start < 0 || end < 0 || colon < 0 || colon > end) {
            return text;
        }
        StrLookup lookup = lookups.get(text.substring(start + 2, colon));
        String value = lookup == null ? "" : lookup.lookup(event, text.substring(colon + 1, end));
        return text.substring(0, start) + value + text.substring(end + 1);
    }
}
