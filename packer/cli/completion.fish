# SPDX-License-Identifier: BSD-2-Clause
#
# fish completes command lines of bzboot from the table of completion.h, which the build puts in.

set -g __bzboot_table (string split -n \n -- '
@TABLE@
')

# __bzboot_line COMMAND WORD: the line of the option that WORD gives; of the command if it is empty
function __bzboot_line
    set -l word (string split -m 1 = -- $argv[2])[1]
    for line in (string match -- "$argv[1]|*" $__bzboot_table)
        set -l fields (string split '|' -- $line)
        if test -z "$argv[2]" -a -z "$fields[2]"
            or test "--$fields[2]" = "$word"
            or test -n "$fields[3]" -a "-$fields[3]" = "$word"
            echo $line
            return
        end
    end
    return 1
end

# __bzboot_files FOLDERS_ONLY BEFORE PATH PATTERN...: files of a type; of any type if there is none
function __bzboot_files
    set -l found
    set -l others
    for file in $argv[3]*
        if test -d $file
            echo $argv[2]$file/
        else
            set -l matches
            for pattern in $argv[4..]
                string match -q -- $pattern (string split -r -m 1 / -- $file)[-1]
                and set matches yes
            end
            test -n "$matches"; and set -a found $file; or set -a others $file
        end
    end
    test $argv[1] = yes; and return
    test (count $found) -gt 0; or set found $others
    for file in $found
        echo $argv[2]$file
    end
end

# __bzboot_value LINE BEFORE BEGINNING: what the argument of an option, or the operand, can be
function __bzboot_value
    set -l fields (string split '|' -- $argv[1])
    set -l before $argv[2]
    set -l files (string split -n ' ' -- $fields[8])
    set -l values (string split -n ' ' -- $fields[9])
    switch $fields[7]
        case list
            set -l list (string match -r '.*,' -- $argv[3])
            for value in $values
                echo "$before$list$value"
            end
        case at
            set -l at (string match -r '^@' -- $argv[3])
            test (count $values) -gt 0; and set at (string match -r '^(?:[^@]*:)?@' -- $argv[3])
            if test -n "$at"
                __bzboot_files no $before$at (string replace -- $at '' $argv[3]) $files
            else
                for value in $values
                    echo $before$value:
                end
            end
        case folder
            __bzboot_files yes "$before" "$argv[3]" $files
        case variable
            for name in (set -nx)
                echo $before$name
            end
        case plain
            for value in $values
                echo $before$value
            end
            test (count $files) -eq 0; or __bzboot_files no "$before" "$argv[3]" $files
    end
end

# __bzboot_options COMMAND TAKEN GIVEN...: the options that may follow others
function __bzboot_options
    for line in (string match -- "$argv[1]|*" $__bzboot_table)
        set -l fields (string split '|' -- $line)
        test -n "$fields[2]"; or continue
        if contains -- $fields[2] $argv[3..]
            test "$fields[4]" = '*'; or continue
        else if test (math "bitand($fields[5], $argv[2])") -ne 0
            continue
        end
        printf '%s\t%s\n' --$fields[2] $fields[10]
    end
end

function __bzboot_commands
    for line in (string match -r '^[a-z]+\|\|\|.*' -- $__bzboot_table)
        set -l fields (string split '|' -- $line)
        printf '%s\t%s\n' $fields[1] $fields[10]
    end
end

function __bzboot_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    if test (count $words) -eq 1
        __bzboot_commands
        __bzboot_options '' 0
        return
    end
    set -l command $words[2]
    set -l operand (__bzboot_line $command ''); or return
    set -l most (string split '|' -- $operand)[4]
    set -l expected
    set -l given
    set -l taken 0
    set -l rest no
    for word in $words[3..]
        if set -q expected[1]
            set -e expected
        else if test "$word" = --
            set rest yes
        else if test $rest = no; and string match -qr -- '^-.' $word
            set -l line (__bzboot_line $command $word); or continue
            set -l fields (string split '|' -- $line)
            set -a given $fields[2]
            set taken (math "bitor($taken, $fields[5])")
            test -n "$fields[6]"; and not string match -q -- '--*=*' $word; and set expected $line
        else
            set most (math $most - 1)
        end
    end
    if set -q expected[1]
        __bzboot_value $expected '' $current
    else if test $rest = no; and string match -q -- '--*=*' $current
        set -l parts (string split -m 1 = -- $current)
        set -l line (__bzboot_line $command $current)
        and __bzboot_value $line $parts[1]= $parts[2]
    else if test $rest = no; and begin; string match -q -- '-*' $current; or test $most -le 0; end
        __bzboot_options $command $taken $given
    else if test $most -gt 0
        set -l values (__bzboot_value $operand '' $current)
        and printf '%s\n' $values
        test (count $values) -gt 0 -o -n "$current"; or __bzboot_options $command $taken $given
    end
end

complete -c bzboot -f -a '(__bzboot_complete)'
