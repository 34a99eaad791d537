/** A commit of files into a bare repository, by git's plumbing. */
import type { Script } from './script.ts'

/**
 * Arguments: repository; directory that holds the new files under the paths they get; file that lists
 * these paths, one a line; place for an index.
 */
export const COMMIT_SCRIPT: Script = {
  text: `
export GIT_DIR="$1" GIT_INDEX_FILE="$4"
cd "$2"
head=$(git rev-parse --verify refs/heads/main)
git read-tree "$head"
git hash-object -w --no-filters --stdin-paths <"$3" |
  while read -r oid && read -r path <&3; do printf '100644 %s\\t%s\\n' "$oid" "$path"; done 3<"$3" |
  git update-index --index-info
tree=$(git write-tree)
commit=$(git commit-tree -p "$head" -m commit "$tree")
git update-ref refs/heads/main "$commit" "$head"`,
}
