"""The source of a script, changed so that every dict it makes is a recorded one.

What makes a dict without a call is wrapped in one: displays, comprehensions, the dict of `**kwargs`. Calls need no change,
because the names `dict`, `defaultdict`, `Counter` and `OrderedDict` stand for recording classes while the script runs.
"""
import ast

# What the calls are made on; the script's builtins have it.
HELPER = "__dictoscope__"


class Rewriter(ast.NodeTransformer):
    """See the module."""

    def _call(self, node, name, args):
        helper = ast.Attribute(ast.Name(HELPER, ast.Load()), name, ast.Load())
        call = ast.copy_location(ast.Call(helper, args, []), node)
        return ast.fix_missing_locations(call)

    def visit_Dict(self, node):
        self.generic_visit(node)
        if None not in node.keys:
            return self._call(node, "display", [node])
        # `{'a': 1, **b, 'c': 2}` is {'a': 1}, updated with b, updated with {'c': 2}: as the compiler has it.
        parts = [ast.Dict([], [])]
        for key, value in zip(node.keys, node.values):
            if key is None:
                parts.append(value)
            else:
                if not isinstance(parts[-1], ast.Dict) or parts[-1].keys == [None]:
                    parts.append(ast.Dict([], []))
                parts[-1].keys.append(key)
                parts[-1].values.append(value)
        for part in parts:
            ast.copy_location(part, node)
        return self._call(node, "merged", parts)

    def visit_DictComp(self, node):
        self.generic_visit(node)
        return self._call(node, "comprehension", [node])

    def _function(self, node):
        self.generic_visit(node)
        extra = node.args.kwarg
        if extra is not None:
            made = self._call(extra, "keywords", [ast.Name(extra.arg, ast.Load())])
            line = ast.copy_location(ast.Assign([ast.Name(extra.arg, ast.Store())], made, lineno=extra.lineno), extra)
            at = 1 if ast.get_docstring(node, clean=False) is not None else 0
            node.body.insert(at, ast.fix_missing_locations(line))
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = _function

    def visit_AnnAssign(self, node):
        # The annotation is for readers, and may be kept as text.
        node.target = self.visit(node.target)
        node.value = node.value and self.visit(node.value)
        return node

    def visit_arg(self, node):
        return node


def rewritten(source, filename):
    """The code object of a script that records; raises SyntaxError as `compile` does."""
    tree = ast.parse(source, filename)
    return compile(ast.fix_missing_locations(Rewriter().visit(tree)), filename, "exec", dont_inherit=True)
