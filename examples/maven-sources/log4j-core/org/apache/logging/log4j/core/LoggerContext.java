package org.apache.logging.log4j.core;

import org.apache.logging.log4j.Logger;

public interface LoggerContext {
    Logger getLogger(String name);
}
