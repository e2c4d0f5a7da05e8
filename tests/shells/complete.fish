# SPDX-License-Identifier: BSD-2-Clause
#
# complete.fish SCRIPT: as complete.bash, with fish's own completion
source $argv[1]

while read -l line
    complete -C $line | string replace -r '\t.*' ''
    echo .
end
