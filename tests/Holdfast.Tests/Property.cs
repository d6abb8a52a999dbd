using FsCheck;
using FsCheck.Fluent;

namespace Holdfast.Tests;

/// <summary>Random tests: a failure's message holds the seed and the shortest numbers that FsCheck found.</summary>
internal static class Property
{
    /// <summary>Runs a check on sequences of numbers; the check throws when it finds the property broken.</summary>
    public static void HoldsFor(Action<Numbers> check, int tests = 500)
    {
        // Long sequences of big numbers: FsCheck's own arrays are mostly too short to get a machine into every state.
        var choices = Gen.Choose(0, int.MaxValue).ArrayOf();
        var shrinking = ArbMap.Default.ArbFor<int[]>();
        var sequences = Arb.From(choices, sequence => shrinking.Shrinker(sequence));
        var property = Prop.ForAll(sequences, sequence => check(new Numbers(sequence)));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(tests).WithStartSize(20).WithEndSize(400), property);
    }

    /// <summary>Turns one random sequence into choices; when it has run out, there are no more.</summary>
    internal sealed class Numbers(int[] sequence)
    {
        private int _next;

        public bool More => _next < sequence.Length;

        public int Below(int end) => _next < sequence.Length ? (int)(Math.Abs((long)sequence[_next++]) % end) : 0;
    }
}
