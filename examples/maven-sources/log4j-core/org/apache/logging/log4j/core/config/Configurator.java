package org.apache.logging.log4j.core.config;

/** Sets levels; logs nothing. */
public final class Configurator {
    private Configurator() {}

    public static void setRootLevel(String wanted) {
        Configuration.current().setLevel(wanted);
    }
}
