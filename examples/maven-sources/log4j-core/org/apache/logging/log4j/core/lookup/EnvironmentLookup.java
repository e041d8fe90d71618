package org.apache.logging.log4j.core.lookup;

import org.apache.logging.log4j.core.LogEvent;

public class EnvironmentLookup implements StrLookup {
    @Override
    public String lookup(LogEvent event, String key) {
        return System.getenv(key);
    }
}
