/* The bundled traces as bytes of the program. The paths come from CMakeLists.txt. */
        .section .rodata
        .global lockstep_azure_code_begin
        .global lockstep_azure_code_end
        .global lockstep_azure_conv_begin
        .global lockstep_azure_conv_end
lockstep_azure_code_begin:
        .incbin LOCKSTEP_AZURE_CODE_PATH
lockstep_azure_code_end:
        .byte 0
lockstep_azure_conv_begin:
        .incbin LOCKSTEP_AZURE_CONV_PATH
lockstep_azure_conv_end:
        .byte 0
        .section .note.GNU-stack, "", %progbits
