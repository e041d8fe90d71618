package org.apache.logging.log4j.core.pattern;

import org.apache.logging.log4j.core.LogEvent;

interface Converter {
    void format(LogEvent event, StringBuilder line);
}
