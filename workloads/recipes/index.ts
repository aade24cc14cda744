/** The recipes by name: one file each, and one line here. */
import { mutex } from './mutex.js';
import type { Recipe } from './recipe.js';

export const RECIPES: readonly Recipe[] = [mutex];

export function findRecipe(name: string): Recipe | undefined {
  return RECIPES.find((recipe) => recipe.name === name);
}
