"""dulwich as a client. Reads one command a line from stdin, answers one line: see ../foreign-client.ts."""
import os
import sys

from dulwich import porcelain
from dulwich.repo import Repo

url, token, path = sys.argv[1:4]
auth = {"username": "x", "password": token}


def clone():
    porcelain.clone(url, path, errstream=open(os.devnull, "wb"), **auth)
    return Repo(path).head().decode()


def commit(name, text):
    with open(os.path.join(path, name), "w") as file:
        file.write(text)
    porcelain.add(path, [os.path.join(path, name)])
    who = b"Dulwich <dulwich@example.test>"
    return porcelain.commit(path, message=b"by dulwich", author=who, committer=who).decode()


def push(refspec):
    heard = open(os.path.join(path, ".git", "heard"), "w+b")
    result = porcelain.push(path, url, refspec, outstream=heard, errstream=heard, **auth)
    failures = [reason for reason in (result.ref_status or {}).values() if reason]
    if failures:
        raise Exception(" ".join(map(str, failures)))
    return ""


def fetch(ref):
    result = porcelain.fetch(path, url, errstream=open(os.devnull, "wb"), outstream=open(os.devnull, "w"), **auth)
    return result.refs[ref.encode()].decode()


def tag(name):
    porcelain.tag_create(path, name, author=b"Dulwich <dulwich@example.test>", message=b"a tag", annotated=True)
    return ""


VERBS = {"clone": clone, "commit": commit, "push": push, "fetch": fetch, "tag": tag}
for line in sys.stdin:
    verb, *args = line.rstrip("\n").split("\t")
    try:
        print("ok", VERBS[verb](*args), flush=True)
    except Exception as error:
        print("error", f"{type(error).__name__} {error}".replace("\n", " "), flush=True)
