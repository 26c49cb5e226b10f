/* What the report's page brings with it, as bytes of the program. Paths come from CMakeLists.txt. */
        .section .rodata
        .macro embed name, path
        .global lockstep_\name\()_begin
        .global lockstep_\name\()_end
lockstep_\name\()_begin:
        .incbin "\path"
lockstep_\name\()_end:
        .byte 0
        .endm
        embed report_style, LOCKSTEP_REPORT_STYLE
        embed report_script, LOCKSTEP_REPORT_SCRIPT
        embed dygraph_style, LOCKSTEP_DYGRAPH_STYLE
        embed dygraph_script, LOCKSTEP_DYGRAPH_SCRIPT
        embed dygraph_licence, LOCKSTEP_DYGRAPH_LICENCE
        .section .note.GNU-stack, "", %progbits
