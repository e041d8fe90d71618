package org.apache.logging.log4j.core.config;

import java.util.ArrayList;
import java.util.List;
import org.apache.logging.log4j.core.appender.Appender;
import org.apache.logging.log4j.core.appender.ConsoleAppender;
import org.apache.logging.log4j.core.lookup.StrSubstitutor;
import org.apache.logging.log4j.core.pattern.PatternLayout;

public class Configuration {
    private static final Configuration CURRENT = new Configuration();

    private final List<Appender> appenders = new ArrayList<>();
    private String level = "INFO";

    public Configuration() {
        appenders.add(new ConsoleAppender(new PatternLayout(new StrSubstitutor())));
    }

    public static Configuration current() {
        return CURRENT;
    }

    public void setLevel(String wanted) {
        level = wanted;
    }

    public String level() {
        return level;
    }

    public List<Appender> appenders() {
        return appenders;
    }
}
