namespace Holdfast.Gateway.Tests.Tidy;

/// <summary>One broken rule: where it is, what is there, and what would be allowed.</summary>
internal sealed record Finding(string File, int Line, string What, string Allowed)
{
    public override string ToString() => $"{File}:{Line}: {What}: {Allowed}";
}
