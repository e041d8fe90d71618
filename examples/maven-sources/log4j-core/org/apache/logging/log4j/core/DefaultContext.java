package org.apache.logging.log4j.core;

import org.apache.logging.log4j.Logger;
import org.apache.logging.log4j.core.config.Configuration;

public class DefaultContext implements LoggerContext {
    private final Configuration configuration = Configuration.current();

    @Override
    public Logger getLogger(String name) {
        return new CoreLogger(name, configuration);
    }
}
