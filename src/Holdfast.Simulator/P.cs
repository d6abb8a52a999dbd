namespace Holdfast.Simulator; internal static class Placeholder;
