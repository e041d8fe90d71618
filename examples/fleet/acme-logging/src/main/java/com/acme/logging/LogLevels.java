package com.acme.logging;

import org.apache.logging.log4j.core.config.Configurator;

/** Sets what is logged. */
public final class LogLevels {
    private LogLevels() {}

    public static void quiet() {
        Configurator.setRootLevel("ERROR");
    }
}
