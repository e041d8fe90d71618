package org.apache.logging.log4j;

import java.util.ServiceLoader;
import org.apache.logging.log4j.core.LoggerContext;

/** The way in. */
public final class LogManager {
    private static final LoggerContext CONTEXT = load();

    private LogManager() {}

    private static LoggerContext load() {
        for (LoggerContext context : ServiceLoader.load(LoggerContext.class)) {
            return context;
        }
        throw new IllegalStateException("no implementation");
    }

    public static Logger getLogger(Class<?> of) {
        return CONTEXT.getLogger(of.getName());
    }
}
