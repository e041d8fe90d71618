package org.apache.logging.log4j.core.lookup;

import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.net.JndiManager;

public class JndiLookup implements StrLookup {
    @Override
    public String lookup(LogEvent event, String key) {
        return String.valueOf(JndiManager.getDefaultManager().lookup(key));
    }
}
