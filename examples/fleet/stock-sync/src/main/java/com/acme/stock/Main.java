package com.acme.stock;

import com.acme.logging.LogLevels;

public final class Main {
    private Main() {}

    public static void main(String[] args) {
        LogLevels.quiet();
        System.out.println(args.length + " files");
    }
}
